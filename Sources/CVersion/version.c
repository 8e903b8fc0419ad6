#include "CVersion.h"

#ifndef MAILMOUNT_COMMIT
#define MAILMOUNT_COMMIT ""
#endif

const char *mailmount_commit(void) { return MAILMOUNT_COMMIT; }
