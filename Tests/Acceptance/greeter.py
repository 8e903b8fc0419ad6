#!/usr/bin/env python3
"""A server that says hello and not much more, for what comes before the login.

    greeter.py [--certificate PEM] [--capability TEXT]    prints its port, then serves until it is ended

With a certificate it speaks TLS from the first byte. Every command but CAPABILITY, NOOP and LOGOUT
is refused; a LOGIN or AUTHENTICATE is printed as `LOGIN SEEN`.
"""
import argparse
import socket
import ssl
import threading


def converse(connection, context, capability):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"* OK hello\r\n")
            stream.flush()
            for line in stream:
                tag, _, command = line.strip().partition(b" ")
                word = command.split(b" ")[0].upper()
                if word in (b"LOGIN", b"AUTHENTICATE"):
                    print("LOGIN SEEN", flush=True)
                if word == b"CAPABILITY":
                    stream.write(b"* CAPABILITY " + capability + b"\r\n")
                done = b"OK" if word in (b"CAPABILITY", b"NOOP", b"LOGOUT") else b"NO"
                stream.write(tag + b" " + done + b" done\r\n")
                stream.flush()
    except OSError:
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--certificate", metavar="PEM")
    parser.add_argument("--capability", default="IMAP4rev1 AUTH=PLAIN")
    options = parser.parse_args()
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            arguments = (listener.accept()[0], context, options.capability.encode())
            threading.Thread(target=converse, args=arguments, daemon=True).start()


main()
