/*
 * Calls on files below DISK_ROOT that fail when disk.py says so. Loaded into the program (LD_PRELOAD).
 *
 * The file DISK_CONTROL, shared with disk.py, says which call fails: of `kind`, the `number`th from then on, with `error`; that one only,
 * all of its kind from then on, or that one half done and all later ones (a write). It counts the calls of each kind and says what
 * failed first. While room is wanted, and there shall be none, the file system says so too. fsync and fdatasync wait for no disk:
 * nothing here loses what was written.
 *
 * With `plant` one octet of each text that is given to a reader is another one, for disk.py to see.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN, WRITE, FSYNC, RENAME, LINK, UNLINK, TRUNCATE, MKDIR, KINDS };
enum { ONCE, LASTING, HALF };

/* As `LAYOUT` of faultydisk.py has it. */
struct control {
    int64_t armed, kind, number, error, how, plant, strikes;
    int64_t counts[KINDS];
    char path[256];
};
static struct control nobody, *control = &nobody;
static char root[PATH_MAX];

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("DISK_CONTROL"), *below = getenv("DISK_ROOT");
    int file = name && below ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *place = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (place == MAP_FAILED) return;
    snprintf(root, sizeof root, "%s", below);
    control = place;
}

static int is_below(const char *path) {
    size_t length = strlen(root);
    return length && path && strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int is_file_below(int file, char path[PATH_MAX]) {
    char link[64];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    errno = saved;
    if (length <= 0) return 0;
    path[length] = 0;
    return is_below(path);
}

/* Whether this call fails; errno is set then. `half` where it shall be done in part. */
static int fails(int kind, const char *path, int *half) {
    if (!__atomic_load_n(&control->armed, __ATOMIC_ACQUIRE)) return 0;
    int64_t number = __atomic_add_fetch(&control->counts[kind], 1, __ATOMIC_ACQ_REL);
    if (control->kind != kind || !control->number || number < control->number) return 0;
    if (control->how == ONCE && number != control->number) return 0;
    if (__atomic_add_fetch(&control->strikes, 1, __ATOMIC_ACQ_REL) == 1) snprintf(control->path, sizeof control->path, "%s", path);
    if (half && control->how == HALF && number == control->number) {
        *half = 1;
        return 0;
    }
    errno = (int)control->error;
    return 1;
}

#define NEXT(result, name, ...) result (*next)(__VA_ARGS__) = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define OPENS(name)                                                        \
    int name(const char *path, int flags, ...) {                           \
        NEXT(int, #name, const char *, int, ...);                          \
        va_list list;                                                      \
        va_start(list, flags);                                             \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; \
        va_end(list);                                                      \
        if ((flags & (O_CREAT | O_WRONLY | O_RDWR)) && is_below(path) && fails(OPEN, path, NULL)) return -1; \
        return next(path, flags, mode);                                    \
    }
OPENS(open)
OPENS(open64)

#define WRITES(name, offset)                                               \
    ssize_t name(int file, const void *octets, size_t count, offset place) { \
        NEXT(ssize_t, #name, int, const void *, size_t, offset);           \
        char path[PATH_MAX];                                               \
        int half = 0;                                                      \
        if (is_file_below(file, path) && fails(WRITE, path, &half)) return -1; \
        return next(file, octets, half && count > 1 ? count / 2 : count, place); \
    }
WRITES(pwrite, off_t)
WRITES(pwrite64, off64_t)

ssize_t write(int file, const void *octets, size_t count) {
    NEXT(ssize_t, "write", int, const void *, size_t);
    char path[PATH_MAX];
    int half = 0;
    if (control->armed && is_file_below(file, path) && fails(WRITE, path, &half)) return -1;
    return next(file, octets, half && count > 1 ? count / 2 : count);
}

/* A text that ends in `text` CR LF is an answer to a reader. */
ssize_t writev(int file, const struct iovec *pieces, int count) {
    NEXT(ssize_t, "writev", int, const struct iovec *, int);
    for (int at = 0; control->plant && at < count; at++) {
        char *octets = pieces[at].iov_base;
        size_t length = pieces[at].iov_len;
        char *found = length > 16 ? memmem(octets, length, "\r\n\r\ntext\r\n", 10) : NULL;
        if (found) found[4] = 'T';
    }
    char path[PATH_MAX];
    if (control->armed && is_file_below(file, path) && fails(WRITE, path, NULL)) return -1;
    return next(file, pieces, count);
}

static int synced(int file) {
    char path[PATH_MAX];
    return is_file_below(file, path) && fails(FSYNC, path, NULL) ? -1 : 0;
}
int fsync(int file) { return synced(file); }
int fdatasync(int file) { return synced(file); }

#define PAIRS(name, kind)                                                  \
    int name(const char *old, const char *new) {                           \
        NEXT(int, #name, const char *, const char *);                      \
        return is_below(new) && fails(kind, new, NULL) ? -1 : next(old, new); \
    }
PAIRS(rename, RENAME)
PAIRS(link, LINK)

int unlink(const char *path) {
    NEXT(int, "unlink", const char *);
    return is_below(path) && fails(UNLINK, path, NULL) ? -1 : next(path);
}

int mkdir(const char *path, mode_t mode) {
    NEXT(int, "mkdir", const char *, mode_t);
    return is_below(path) && fails(MKDIR, path, NULL) ? -1 : next(path, mode);
}

#define CUTS(name, offset)                                                 \
    int name(int file, offset size) {                                      \
        NEXT(int, #name, int, offset);                                     \
        char path[PATH_MAX];                                               \
        return is_file_below(file, path) && fails(TRUNCATE, path, NULL) ? -1 : next(file, size); \
    }
CUTS(ftruncate, off_t)
CUTS(ftruncate64, off64_t)

static int is_full(void) {
    return control->armed && control->how != ONCE && control->strikes && control->error != EIO;
}

int statvfs(const char *path, struct statvfs *status) {
    NEXT(int, "statvfs", const char *, struct statvfs *);
    int result = next(path, status);
    if (!result && is_below(path) && is_full()) status->f_bfree = status->f_bavail = 0;
    return result;
}

int fstatvfs(int file, struct statvfs *status) {
    NEXT(int, "fstatvfs", int, struct statvfs *);
    char path[PATH_MAX];
    int result = next(file, status);
    if (!result && is_file_below(file, path) && is_full()) status->f_bfree = status->f_bavail = 0;
    return result;
}
