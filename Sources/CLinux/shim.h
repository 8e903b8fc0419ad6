#ifndef MAILMOUNT_CLINUX_SHIM_H
#define MAILMOUNT_CLINUX_SHIM_H

/* What the Glibc module does not import. */

#include <arpa/nameser.h>
#include <malloc.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/types.h>

/* getxattr(2), declared in <sys/xattr.h>. */
ssize_t getxattr(const char *path, const char *name, void *value, size_t size);

/* memfd_create(2), behind _GNU_SOURCE in <sys/mman.h>, and its flag. */
int memfd_create(const char *name, unsigned int flags);
static const unsigned int mailmount_memfd_cloexec = 1;

/* pipe(2), behind _GNU_SOURCE in <unistd.h>. */
int pipe2(int ends[2], int flags);

/* syncfs(2), behind _GNU_SOURCE in <unistd.h>. */
int syncfs(int descriptor);

/* ppoll(2), behind _GNU_SOURCE in <poll.h>; without the names of its structures, which are Glibc's in Swift. */
int ppoll(void *polled, unsigned long count, const void *timeout, const void *mask);

/* posix_spawnattr_setflags(3): a session of its own; behind _GNU_SOURCE in <spawn.h>. */
static const short mailmount_spawn_setsid = 0x80;

/* posix_spawn_file_actions_addclosefrom_np(3), of glibc 2.34, behind _GNU_SOURCE in <spawn.h>; without the name of its
   structure. */
int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);

/* resolver(3): one question, asked of each server once, two seconds each; the octets of the answer, or -1. `_res` is the thread's own and a
   macro. */
static inline int mailmount_resolve(const char *name, int type, unsigned char *answer, int size) {
    if (res_init() != 0) return -1;
    _res.retrans = 2;
    _res.retry = 1;
    return res_query(name, ns_c_in, type, answer, size);
}

#endif
