#ifndef MAILMOUNT_CXML2_SHIM_H
#define MAILMOUNT_CXML2_SHIM_H

#include <libxml/xmlversion.h>
/* Debian's libxml2 shows ICU's types in a structure that is not used here; Foundation brings another ICU. */
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

/* Of the library that is loaded, as a number: 20914 is 2.9.14. LIBXML_DOTTED_VERSION is that of the one the program was built with. */
static inline const char *mailmount_xml_parser_version(void) { return xmlParserVersion; }

#endif
