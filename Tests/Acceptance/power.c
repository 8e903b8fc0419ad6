/*
 * Notes what would survive a loss of power, of the files below POWER_ROOT, for power.py. Loaded into the program (LD_PRELOAD).
 *
 * Instead of waiting for the disk, fsync and fdatasync copy what is durable then to POWER_LOG.N, and append a line to POWER_LOG:
 *   F N INODE PATH    the octets of a file, and its name
 *   D 0 INODE PATH    a directory; then a line `N 0 INODE NAME` for each file in it, and `E 0 0 -`
 *   U 0 INODE PATH    the last name of a file went: the number may be given to another one
 * Where the file POWER_LOG.arm exists it has a number and a word: at that fsync from then on the process is killed, `before` or
 * `after` its octets are durable; with 0 never. Each fsync from then on is noted as `C 0 0 PATH`.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long copies, events;

static void note(const char *log, const char *kind, long number, ino_t inode, const char *path) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s %ld %lu %s\n", kind, number, (unsigned long)inode, path);
    int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    if (write(file, line, (size_t)length) < 0) perror("power.c");
    close(file);
}

static int is_below(const char *path) {
    const char *root = getenv("POWER_ROOT");
    size_t length = root ? strlen(root) : 0;
    return length && strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* Kills where it is this event's turn. */
static void strike(const char *log, const char *when, const char *path, int counts) {
    char name[PATH_MAX], word[16] = "";
    long number = 0;
    snprintf(name, sizeof name, "%s.arm", log);
    FILE *arm = fopen(name, "re");
    if (!arm) return;
    int found = fscanf(arm, "%ld %15s", &number, word);
    fclose(arm);
    if (found < 1) return;
    if (counts) {
        events++;
        note(log, "C", 0, 0, path);
    }
    if (number && events == number && strcmp(word, when) == 0) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}

static void copy(const char *log, const char *path, ino_t inode) {
    char name[PATH_MAX], buffer[1 << 16];
    ssize_t count = 0;
    long number = ++copies;
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0) return;
    snprintf(name, sizeof name, "%s.%ld", log, number);
    int to = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    while (to >= 0 && (count = read(from, buffer, sizeof buffer)) > 0)
        if (write(to, buffer, (size_t)count) != count) break;
    close(from);
    if (to >= 0) close(to);
    note(log, "F", number, inode, path);
}

static void list(const char *log, const char *path, ino_t inode) {
    DIR *directory = opendir(path);
    struct dirent *entry;
    if (!directory) return;
    note(log, "D", 0, inode, path);
    while ((entry = readdir(directory)))
        if (entry->d_type == DT_REG) note(log, "N", 0, entry->d_ino, entry->d_name);
    closedir(directory);
    note(log, "E", 0, 0, "-");
}

static int durable(int descriptor) {
    char link[64], path[PATH_MAX];
    struct stat status;
    const char *log = getenv("POWER_LOG");
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = log ? readlink(link, path, sizeof path - 1) : -1;
    if (length > 0) path[length] = 0;
    if (length <= 0 || !is_below(path) || fstat(descriptor, &status) != 0) {
        errno = saved;
        return 0;
    }
    pthread_mutex_lock(&lock);
    strike(log, "before", path, 1);
    if (getenv("POWER_DEAF")) {
    } else if (S_ISREG(status.st_mode)) {
        copy(log, path, status.st_ino);
    } else if (S_ISDIR(status.st_mode)) {
        list(log, path, status.st_ino);
    }
    strike(log, "after", path, 0);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return 0;
}

int fsync(int descriptor) { return durable(descriptor); }
int fdatasync(int descriptor) { return durable(descriptor); }

static void gone(const char *path) {
    struct stat status;
    const char *log = getenv("POWER_LOG");
    if (log && is_below(path) && lstat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1) {
        pthread_mutex_lock(&lock);
        note(log, "U", 0, status.st_ino, path);
        pthread_mutex_unlock(&lock);
    }
}

int unlink(const char *path) {
    int (*next)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
    gone(path);
    return next(path);
}

int rename(const char *old, const char *new) {
    int (*next)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    gone(new);
    return next(old, new);
}
