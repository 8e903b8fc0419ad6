#ifndef MAILMOUNT_CFUSE3_SHIM_H
#define MAILMOUNT_CFUSE3_SHIM_H

#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fuse_lowlevel.h>
#include <fuse_log.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* prctl takes a variable number of arguments, which Swift does not import. */
static inline void mailmount_name_thread(const char *name) {
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

/* What a file is, as far as the kernel knows without asking the file system (statx(2) with AT_STATX_DONT_SYNC, which
   is behind _GNU_SOURCE): 0, or -1 with errno. The device is a number that differs between file systems. */
static inline int mailmount_known_inode(
    int descriptor, unsigned long long *inode, unsigned *mode, unsigned long long *device) {
    /* struct statx: stx_mode at 28, stx_ino at 32, stx_dev_major and stx_dev_minor at 136. */
    unsigned char status[256];
    unsigned short bits;
    if (syscall(SYS_statx, descriptor, "", 0x1000 | 0x4000, 0x1 | 0x100, status) != 0) return -1;
    memcpy(&bits, status + 28, sizeof bits);
    *mode = bits;
    memcpy(inode, status + 32, sizeof *inode);
    memcpy(device, status + 136, sizeof *device);
    return 0;
}

/* The calling thread has no descriptors from here on, and those of the others stay as they are (close_range(2)): 0, or -1 with
   errno. */
static inline int mailmount_leave_descriptors(void) {
#ifdef SYS_close_range
    return (int)syscall(SYS_close_range, 0, ~0U, 2 /* CLOSE_RANGE_UNSHARE */);
#else
    errno = ENOSYS;
    return -1;
#endif
}

/* gettid(2), which is behind _GNU_SOURCE. */
static inline int mailmount_thread(void) { return (int)syscall(SYS_gettid); }

#endif
