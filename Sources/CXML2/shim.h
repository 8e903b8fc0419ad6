#ifndef MAILMOUNT_CXML2_SHIM_H
#define MAILMOUNT_CXML2_SHIM_H

#include <libxml/xmlversion.h>
/* Debian's libxml2 shows ICU's types in a structure that is not used here; Foundation brings another ICU. */
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>

#endif
