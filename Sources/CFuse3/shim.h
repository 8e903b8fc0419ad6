#ifndef MAILMOUNT_CFUSE3_SHIM_H
#define MAILMOUNT_CFUSE3_SHIM_H

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
#include <fuse_log.h>
#include <sys/prctl.h>

/* prctl takes a variable number of arguments, which Swift does not import. */
static inline void mailmount_name_thread(const char *name) {
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

#endif
