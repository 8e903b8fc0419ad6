# shellcheck shell=bash
# Server certificates that must not be believed; sourced.

new_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)

# make_certificates DIR: an authority in DIR/ca.pem; DIR/expired.pem and DIR/wronghost.pem (certificate
# and key) are signed by it, DIR/selfsigned.pem is signed by nobody.
make_certificates() {
    mkdir -p "$1"
    (
        umask 077
        cd "$1" || exit 1
        openssl req -x509 "${new_key[@]}" -days 3650 -subj "/CN=test authority $$" -keyout ca.key -out ca.pem \
            -addext basicConstraints=critical,CA:TRUE
        openssl req -x509 "${new_key[@]}" -days 3650 -subj /CN=localhost -keyout selfsigned.key -out selfsigned.crt \
            -addext subjectAltName=DNS:localhost
        sign expired DNS:localhost 20200101000000Z 20210101000000Z
        sign wronghost DNS:elsewhere.example 20200101000000Z 20491231235959Z
        for name in selfsigned expired wronghost; do cat "$name.crt" "$name.key" >"$name.pem"; done
    ) >"$1.log" 2>&1
}

# sign NAME ALTERNATIVE FROM UNTIL: with openssl-ca(1), which takes dates in the past.
sign() {
    printf '%s\n' '[ca]' 'default_ca = own' '[own]' 'new_certs_dir = .' "database = $1.index" 'rand_serial = yes' \
        'default_md = sha256' 'policy = any' 'x509_extensions = server' 'certificate = ca.pem' 'private_key = ca.key' \
        '[any]' 'commonName = supplied' '[server]' "subjectAltName = $2" 'basicConstraints = CA:FALSE' >"$1.conf"
    : >"$1.index"
    openssl req "${new_key[@]}" -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
    openssl ca -batch -notext -config "$1.conf" -in "$1.csr" -out "$1.crt" -startdate "$3" -enddate "$4"
}
