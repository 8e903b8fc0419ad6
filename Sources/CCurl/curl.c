#include "CCurl.h"

#include <dlfcn.h>

#define FUNCTION(name) static __typeof__(curl_##name) *name
FUNCTION(global_init);
FUNCTION(easy_init);
FUNCTION(easy_cleanup);
FUNCTION(easy_perform);
FUNCTION(easy_strerror);
FUNCTION(easy_setopt);
FUNCTION(easy_getinfo);
FUNCTION(getdate);

#define FOUND(name) ((name = (__typeof__(name))dlsym(library, "curl_" #name)) != NULL)

CURLcode mailmount_curl_start(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL || !FOUND(global_init) || !FOUND(easy_init) || !FOUND(easy_cleanup) || !FOUND(easy_perform)
        || !FOUND(easy_strerror) || !FOUND(easy_setopt) || !FOUND(easy_getinfo) || !FOUND(getdate)) {
        return CURLE_FAILED_INIT;
    }
    return global_init(CURL_GLOBAL_DEFAULT);
}

CURL *mailmount_curl_easy_init(void) { return easy_init(); }
void mailmount_curl_easy_cleanup(CURL *handle) { easy_cleanup(handle); }
CURLcode mailmount_curl_easy_perform(CURL *handle) { return easy_perform(handle); }
const char *mailmount_curl_easy_strerror(CURLcode code) { return easy_strerror(code); }
time_t mailmount_curl_getdate(const char *text) { return getdate(text, NULL); }

CURLcode mailmount_curl_set_long(CURL *handle, CURLoption option, long value) {
    return easy_setopt(handle, option, value);
}

CURLcode mailmount_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return easy_setopt(handle, option, value);
}

CURLcode mailmount_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return easy_setopt(handle, option, value);
}

CURLcode mailmount_curl_set_writer(CURL *handle, size_t (*writer)(char *, size_t, size_t, void *), void *context) {
    CURLcode code = easy_setopt(handle, CURLOPT_WRITEFUNCTION, writer);
    return code == CURLE_OK ? easy_setopt(handle, CURLOPT_WRITEDATA, context) : code;
}

CURLcode mailmount_curl_set_header_reader(CURL *handle, size_t (*reader)(char *, size_t, size_t, void *), void *context) {
    CURLcode code = easy_setopt(handle, CURLOPT_HEADERFUNCTION, reader);
    return code == CURLE_OK ? easy_setopt(handle, CURLOPT_HEADERDATA, context) : code;
}

CURLcode mailmount_curl_get_long(CURL *handle, CURLINFO info, long *value) { return easy_getinfo(handle, info, value); }
