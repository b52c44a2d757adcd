"""Cuts a real ndb database down to its smallest packages: cut-ndb.py IN OUT [N]. Blobs keep their place order, slots are rewritten."""
import struct, sys
b = open(sys.argv[1], 'rb').read()
n = int(sys.argv[3]) if len(sys.argv) > 3 else 8
pages = struct.unpack('<I', b[12:16])[0]
slots = [struct.unpack('<4I', b[i*16:i*16+16]) for i in range(2, pages*256)]
keep = sorted((s for s in slots if s[1]), key=lambda s: s[3])[:n]
out = bytearray(b[:pages*4096])
for i in range(2, pages*256):
    out[i*16:i*16+16] = struct.pack('<4I', slots[0][0], 0, 0, 0)
for i, s in enumerate(keep):
    out[(2+i)*16:(3+i)*16] = struct.pack('<4I', s[0], s[1], len(out)//16, s[3])
    out += b[s[2]*16:(s[2]+s[3])*16]
open(sys.argv[2], 'wb').write(out)
