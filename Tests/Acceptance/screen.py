#!/usr/bin/env python3
"""Looks at the screen of an Xvfb that keeps it in a file (-fbdir).

    screen.py FILE --png OUT                 writes a picture
    screen.py FILE --inked X Y W H           whether something is written there: exit status 0 or 1
    screen.py FILE --selected X Y W H        whether most of it is dark, as a selected row is
"""
import argparse
import struct
import sys
import zlib


class Screen:
    """An X window dump (XWD version 7) of 32 bits a pixel."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        head = struct.unpack(">25I", self.data[:100])
        self.width, self.height, self.stride = head[4], head[5], head[12]
        if head[1] != 7 or head[11] != 32:
            raise ValueError("not a dump of 32 bits a pixel")
        self.start = head[0] + head[19] * 12

    def row(self, y, left=0, width=None):
        """Its pixels as bytes: blue, green, red, unused."""
        begin = self.start + y * self.stride + left * 4
        return self.data[begin:begin + (self.width if width is None else width) * 4]

    def pixels(self, left, top, width, height):
        for y in range(top, top + height):
            row = self.row(y, left, width)
            for x in range(0, len(row), 4):
                yield row[x + 2], row[x + 1], row[x]

    def png(self):
        lines = bytearray()
        for y in range(self.height):
            row = self.row(y)
            line = bytearray(self.width * 3)
            line[0::3], line[1::3], line[2::3] = row[2::4], row[1::4], row[0::4]
            lines += b"\0" + line

        def chunk(kind, content):
            return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(bytes(lines))) + chunk(b"IEND", b""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("screen")
    parser.add_argument("--png")
    parser.add_argument("--inked", nargs=4, type=int)
    parser.add_argument("--selected", nargs=4, type=int)
    options = parser.parse_args()
    screen = Screen(options.screen)
    if options.png:
        with open(options.png, "wb") as file:
            file.write(screen.png())
    if options.inked:
        lights = [sum(pixel) for pixel in screen.pixels(*options.inked)]
        return max(lights) - min(lights) > 150
    if options.selected:
        lights = [sum(pixel) for pixel in screen.pixels(*options.selected)]
        return sum(light < 384 for light in lights) > len(lights) // 2
    return True


sys.exit(0 if main() else 1)
