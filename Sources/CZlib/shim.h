#ifndef MAILMOUNT_CZLIB_SHIM_H
#define MAILMOUNT_CZLIB_SHIM_H

#include <zlib.h>

/* Raw streams (no zlib header), as COMPRESS=DEFLATE has them; the functions behind these
   macros want sizeof(z_stream). */
static inline int mailmount_inflateInit_raw(z_stream *stream) {
    return inflateInit2(stream, -15);
}
static inline int mailmount_deflateInit_raw(z_stream *stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}

#endif
