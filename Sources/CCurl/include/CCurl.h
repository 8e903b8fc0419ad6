#ifndef MAILMOUNT_CCURL_H
#define MAILMOUNT_CCURL_H

/* Its functions are called by pointers. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/* libcurl, loaded by the first call of mailmount_curl_start: it brings some thirty libraries along, and most mounts and commands never need
 * them. The others are to be called once that has returned CURLE_OK. curl_easy_setopt(3) and curl_easy_getinfo(3) take any number of
 * arguments, which Swift does not call: one function for each kind. */

/* CURLE_FAILED_INIT also where there is no libcurl on this machine. Once, before any thread uses it. */
CURLcode mailmount_curl_start(void);

CURL *mailmount_curl_easy_init(void);
void mailmount_curl_easy_cleanup(CURL *handle);
CURLcode mailmount_curl_easy_perform(CURL *handle);
const char *mailmount_curl_easy_strerror(CURLcode code);
time_t mailmount_curl_getdate(const char *text);

CURLcode mailmount_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode mailmount_curl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode mailmount_curl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode mailmount_curl_set_writer(
    CURL *handle, size_t (*writer)(char *data, size_t size, size_t count, void *context), void *context);
CURLcode mailmount_curl_set_header_reader(
    CURL *handle, size_t (*reader)(char *line, size_t size, size_t count, void *context), void *context);
CURLcode mailmount_curl_get_long(CURL *handle, CURLINFO info, long *value);

#endif
