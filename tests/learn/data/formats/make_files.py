"""make_files.py FOLDER: writes small data files, good (pass-*) and bad (fail-*), of every format that
the program reads, and cases.json: per file the options of the reader, and either the table that it
holds, by NumPy, or the error that it must give."""

from __future__ import annotations

import gzip
import io
import json
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np

cases: list[dict] = []
folder = Path(sys.argv[1])


def save(name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def form_of(values: np.ndarray) -> str:
    return "bytes" if values.dtype == np.uint8 else "floats"


def expect(name: str, x: np.ndarray, y: np.ndarray, form: str = "", label_names: list[str] = [],
           **options) -> None:
    """A case that is read: samples x, labels y."""
    flat = x.astype(np.float32).astype(np.float64).reshape(-1)
    cases.append({"file": name, **options, "shape": list(x.shape[1:]) or [1],
                  "form": form or form_of(x), "values": flat.tolist(),
                  "labels": y.astype(np.float64).reshape(-1).tolist(), "label_names": label_names})


def refuse(name: str, error: str, **options) -> None:
    """A case that is refused with this error, in which FILE stands for the file's path."""
    cases.append({"file": name, **options, "error": error})


def npy(array: np.ndarray, version: tuple[int, int] = (1, 0)) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version, allow_pickle=False)
    return out.getvalue()


def npy_of(header: str, data: bytes, version: bytes = b"\1\0") -> bytes:
    """An array with this header, as it stands."""
    size = struct.pack("<H" if version[0] == 1 else "<I", len(header))
    return b"\x93NUMPY" + version + size + header.encode() + data


def npz(packed: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(f"{name}.npy", (2020, 1, 1, 0, 0, 0))
            info.compress_type = packed
            with archive.open(info, "w", force_zip64=True) as member:  # as numpy.savez does
                member.write(content)
    return out.getvalue()


def npz_cases() -> None:
    y = np.array([2, 0, 1, 1])
    counting = np.arange(24).reshape(4, 2, 3)
    for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"):
        for order, word in (("<", "little"), (">", "big")):
            if kind[1] == "1" and order == ">":
                continue
            x = (counting * (10 if kind == "u1" else 5)).astype(order + kind)
            if kind[0] != "u":
                x -= np.array(50, x.dtype)
            if kind[0] == "f":
                x /= np.array(7, x.dtype)
            name = f"npz/pass-{kind}-{word}.npz"
            save(name, npz(x=npy(x), y=npy(y.astype(order + kind))))
            expect(name, x, y)
    booleans = counting % 3 == 0
    save("npz/pass-bool.npz", npz(x=npy(booleans), y=npy(y == 1)))
    expect("npz/pass-bool.npz", booleans, y == 1)
    for kind in ("u1", "f8"):
        x = np.asfortranarray(counting.astype(kind))
        name = f"npz/pass-fortran-{kind}.npz"
        save(name, npz(x=npy(x), y=npy(y)))
        expect(name, x, y)
    x = counting.astype("f4") / 3
    for version in ((1, 0), (2, 0), (3, 0)):
        name = f"npz/pass-version-{version[0]}.npz"
        save(name, npz(x=npy(x, version), y=npy(y, version)))
        expect(name, x, y)
    save("npz/pass-deflated.npz", npz(zipfile.ZIP_DEFLATED, x=npy(x), y=npy(y)))
    expect("npz/pass-deflated.npz", x, y)
    save("npz/pass-names.npz", npz(images=npy(x), labels=npy(y.reshape(4, 1)), other=npy(y)))
    expect("npz/pass-names.npz", x, y, arrays=["images", "labels"])
    save("npz/pass-one-number.npz", npz(x=npy(np.arange(4.0)), y=npy(np.arange(4.0) / 2 - 1)))
    expect("npz/pass-one-number.npz", np.arange(4.0), np.arange(4.0) / 2 - 1)
    python2 = "{'descr': '<i2', 'fortran_order': False, 'shape': (4L, 2L), }"
    save("npz/pass-python-2.npz", npz(x=npy_of(python2, struct.pack("<8h", *range(8))), y=npy(y)))
    expect("npz/pass-python-2.npz", np.arange(8).reshape(4, 2), y)

    good_y = npy(y)

    def bad(name: str, x_bytes: bytes, error: str, y_bytes: bytes = good_y, **options) -> None:
        save(f"npz/fail-{name}.npz", npz(x=x_bytes, y=y_bytes))
        refuse(f"npz/fail-{name}.npz", error, **options)

    plain = npy(x)
    bad("no-such-array", plain, "FILE: expected an array z, found x, y", arrays=["x", "z"])
    bad("magic", b"NUMPY" + plain[5:],
        "FILE: x.npy: byte 0: expected the magic string \\x93NUMPY of an array of NumPy")
    bad("version", plain[:6] + b"\4\0" + plain[8:],
        "FILE: x.npy: byte 6: expected the format version 1, 2 or 3, found 4")
    objects = "{'descr': '|O', 'fortran_order': False, 'shape': (4,), }"
    numbers = "elements of float32, float64, (u)int8 to (u)int64 or bool"
    bad("objects", npy_of(objects, b"\x80\4N."),
        f"FILE: x.npy: byte 20: expected {numbers}, found '|O', 'fortran_order': False, 'shape': (4,), }}")
    bad("half", npy(x.astype("f2")),
        f"FILE: x.npy: byte 20: expected {numbers}, found '<f2', 'fortran_order': False, 'shape': (4, 2, 3), }}")
    bad("structured", npy(np.zeros(4, [("a", "f4"), ("b", "i4")])),
        "FILE: x.npy: byte 20: expected a name in quotes, found "
        "[('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'sh...")
    bad("text", npy(np.array(["a", "b", "c", "d"])),
        f"FILE: x.npy: byte 20: expected {numbers}, found '<U1', 'fortran_order': False, 'shape': (4,), }}")
    bad("incomplete", npy_of("{'descr': '<f4', 'shape': (4,), }", b"\0" * 16),
        "FILE: x.npy: byte 10: expected a header with descr, fortran_order and shape, found "
        "{'descr': '<f4', 'shape': (4,), }")
    bad("twice", npy_of("{'shape': (4,), 'shape': (4,), }", b"\0" * 16),
        "FILE: x.npy: byte 26: expected one of the keys descr, fortran_order and shape, found "
        "'shape': (4,), }")
    bad("negative", npy_of("{'descr': '<f4', 'fortran_order': False, 'shape': (-4,), }", b""),
        "FILE: x.npy: byte 61: expected a number of a shape, found -4,), }")
    huge = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000000000), }"
    bad("huge", npy_of(huge, b"\0" * 16),
        "FILE: x.npy: byte 10: expected an array of 1 to 16 bytes, the most that can follow, found "
        "the shape 1000000000 x 1000000000000 of 4 bytes each")
    bad("empty", npy(np.zeros((0, 3), "f4")),
        "FILE: x.npy: byte 10: expected an array of 1 to 0 bytes, the most that can follow, found "
        "the shape 0 x 3 of 4 bytes each")
    bad("scalar", npy(np.array(3.0)),
        "FILE: x.npy: byte 10: expected an array of 1 to 8 bytes, the most that can follow, found "
        "the shape () of 8 bytes each")
    bad("short", plain[:-1],
        "FILE: x.npy: byte 10: expected an array of 1 to 95 bytes, the most that can follow, found "
        "the shape 4 x 2 x 3 of 4 bytes each")
    bad("long", plain + b"\0", "FILE: x.npy: byte 224: expected the end of the file, found more bytes")
    wide = x.astype("f8")
    wide[1, 0, 2] = 1e39
    bad("beyond-single", npy(wide), "FILE: x.npy: byte 192: expected a finite number of single "
                                    "precision as entry [1, 0, 2], found 1e+39")
    bad("nan-fortran", npy(np.asfortranarray(np.where(counting == 8, np.nan, x))),
        "FILE: x.npy: byte 196: expected a finite number of single precision as entry [1, 0, 2], "
        "found nan")
    bad("count", plain, "FILE: y.npy: expected 4 labels, as many as samples in x, found 3", npy(y[:3]))
    bad("label-shape", plain, "FILE: y.npy: byte 10: expected the shape n or n x 1 of labels, found 4 x 2",
        npy(np.zeros((4, 2))))
    bad("label-infinite", plain, "FILE: y.npy: byte 144: expected a finite label as entry [2], found inf",
        npy(np.array([0, 1, np.inf, 2])))
    bad("label-inexact", plain,
        "FILE: y.npy: byte 136: expected a label below 2^53 as entry [1], found 9007199254740992",
        npy(np.array([0, 2**53, 0, 2])))
    packed = npz(zipfile.ZIP_DEFLATED, x=plain, y=good_y)
    save("npz/fail-truncated.npz", packed[:-30])
    refuse("npz/fail-truncated.npz", "FILE: expected a zip file: ")
    stored = bytearray(npz(x=plain, y=good_y))
    stored[stored.index(b"\x93NUMPY") + 140] ^= 1
    save("npz/fail-checksum.npz", bytes(stored))
    refuse("npz/fail-checksum.npz", "FILE: x.npy: byte 224: corrupt zip data: ")
    save("npz/fail-not-zip.npz", b"x,y\n1,2\n")
    refuse("npz/fail-not-zip.npz", "FILE: expected a zip file: ")
    save("npz/fail-nothing.npz", b"")
    refuse("npz/fail-nothing.npz", "FILE: expected a zip file: ")

    save("npy/pass-x.npy", npy(x))
    save("npy/pass-y.npy", npy(y))
    expect("npy/pass-x.npy", x, y, labels_file="npy/pass-y.npy")
    save("npy/pass-x.npy.gz", gzip.compress(npy(x), mtime=0))
    expect("npy/pass-x.npy.gz", x, y, labels_file="npy/pass-y.npy")
    save("npy/fail-short.npy", npy(x)[:-1])
    refuse("npy/fail-short.npy",
           "FILE: byte 10: expected an array of 1 to 95 bytes, the most that can follow, found the "
           "shape 4 x 2 x 3 of 4 bytes each", labels_file="npy/pass-y.npy")
    save("npy/fail-huge.npy.gz", gzip.compress(npy_of(huge, b"\0" * 16), mtime=0))
    refuse("npy/fail-huge.npy.gz", "FILE: byte 10: expected an array of 1 to ", labels_file="npy/pass-y.npy")


def idx(code: int, array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.tobytes()


def idx_cases() -> None:
    y = np.array([500, -3, 0])
    save("idx/pass-labels.idx", idx(0x0c, y.astype(">i4")))
    counting = np.arange(18).reshape(3, 2, 3)
    for code, kind in ((0x08, "u1"), (0x09, "i1"), (0x0b, ">i2"), (0x0c, ">i4"), (0x0d, ">f4"), (0x0e, ">f8")):
        x = (counting * 5 - (0 if kind == "u1" else 40)).astype(kind)
        if "f" in kind:
            x /= np.array(7, kind)
        name = f"idx/pass-{kind.strip('>')}.idx"
        save(name, idx(code, x))
        expect(name, x, y, labels_file="idx/pass-labels.idx")
    for shape in ((3,), (3, 6), (3, 1, 2, 3)):
        x = counting.reshape(-1)[:int(np.prod(shape))].reshape(shape).astype("u1")
        name = f"idx/pass-{len(shape)}-dimensions.idx.gz"
        save(name, gzip.compress(idx(0x08, x), mtime=0))
        expect(name, x, y, labels_file="idx/pass-labels.idx")
    good = idx(0x08, counting.astype("u1"))

    def bad(name: str, content: bytes, error: str, labels: str = "idx/pass-labels.idx") -> None:
        save(f"idx/fail-{name}.idx", content)
        refuse(f"idx/fail-{name}.idx", error, labels_file=labels)

    bad("magic", b"\1" + good[1:], "FILE: byte 0: expected the two zero bytes of an IDX file, found 0x0100")
    bad("type", b"\0\0\x0a\3" + good[4:],
        "FILE: byte 2: expected the type code 8, 9, 11, 12, 13 or 14 of IDX, found 10")
    bad("dimensions", good[:3] + b"\0" + good[4:],
        "FILE: byte 4: expected an array of 1 to 30 bytes, the most that can follow, found the shape () "
        "of 1 bytes each")
    bad("header", good[:9], "FILE: byte 9: the file ends here, expected 4 bytes of dimensions from byte 8")
    bad("short", good[:-1], "FILE: byte 4: expected an array of 1 to 17 bytes, the most that can follow, "
                            "found the shape 3 x 2 x 3 of 1 bytes each")
    bad("long", good + b"\0", "FILE: byte 34: expected the end of the file, found more bytes")
    bad("nan", idx(0x0d, np.array([1, np.nan, 2], ">f4")),
        "FILE: byte 12: expected a finite number of single precision as entry [1], found nan")
    save("idx/fail-two.idx", idx(0x08, np.array([1, 2], "u1")))
    bad("count", good, "LABELS: expected 3 labels, as many as samples in FILE, found 2", "idx/fail-two.idx")


def libsvm_cases() -> None:
    x = np.zeros((3, 6))
    x[0, [0, 3]] = 0.5, -2e-3
    x[2, [1, 2, 5]] = 1, 7, 3
    y = np.array([1, -1, 2.5])
    text = b"# what this is\n+1 1:0.5 4:-2e-3\r\n-1\n\n2.5 2 3:7 5:0 6:+3 # a comment\n"
    save("libsvm/pass-small.txt", text)
    expect("libsvm/pass-small.txt", x, y, "sparse")
    save("libsvm/pass-packed.txt.gz", gzip.compress(text, mtime=0))
    expect("libsvm/pass-packed.txt.gz", x, y, "sparse")
    save("libsvm/pass-no-newline.txt", text.strip())
    expect("libsvm/pass-no-newline.txt", np.hstack([x, np.zeros((3, 2))]), y, "sparse", features=8)
    wide = np.zeros((2, 40))
    wide[0, 39], wide[1, 7] = 3, 4
    save("libsvm/pass-sparse.txt", b"0 40:3\n1 8:4\n")
    expect("libsvm/pass-sparse.txt", wide, np.array([0, 1]), "sparse")
    rounded = np.array([[16777217.0, 1e-46, 3.4028234e38]])
    save("libsvm/pass-rounding.txt", b"0 1:16777217 2:1e-46 3:3.4028234e38\n")
    expect("libsvm/pass-rounding.txt", rounded, np.array([0]))

    def bad(name: str, content: bytes, error: str, **options) -> None:
        save(f"libsvm/fail-{name}.txt", content)
        refuse(f"libsvm/fail-{name}.txt", "FILE: " + error, **options)

    bad("nothing", b"# only this\n\n", "expected lines of a label and INDEX:VALUE, found none")
    bad("label", b"1 1:2\nred 1:3\n",
        'line 2, column 1: expected a label, a finite number, found "red"')
    bad("labels", b"1,2 1:2\n", 'line 1, column 1: expected a label, a finite number, found "1,2"')
    bad("label-nan", b"nan 1:2\n", 'line 1, column 1: expected a label, a finite number, found "nan"')
    bad("index-0", b"1 0:2\n", 'line 1, column 3: expected an index of at least 1, found "0"')
    bad("index-negative", b"1 -99999999999999999999:2\n",
        'line 1, column 3: expected an index of at least 1, found "-99999999999999999999"')
    bad("index-large", b"1 2147483648:2\n", "line 1, column 3: expected an index of at most 2147483647, "
                                            'the largest possible, found "2147483648"')
    bad("index-larger", b"1 99999999999999999999:2\n",
        "line 1, column 3: expected an index of at most 2147483647, the largest possible, found "
        '"99999999999999999999"')
    bad("features", b"1 1:2 9:2\n", "line 1, column 7: expected an index of at most 8, the number of "
                                    'features, found "9"', features=8)
    bad("order", b"1 2:2 2:3\n", "line 1, column 7: expected an index above 2, the one before, found 2")
    bad("pair", b"1 a:2\n", 'line 1, column 3: expected INDEX:VALUE, found "a"')
    bad("pair-empty", b"1 :2\n", 'line 1, column 3: expected INDEX:VALUE, found ""')
    bad("value", b"1 1:2 12:x1\n",
        'line 1, column 10: expected a finite number of single precision, found "x1"')
    bad("value-empty", b"1 1:\n", 'line 1, column 5: expected a finite number of single precision, found ""')
    bad("value-large", b"1 1:1e39\n",
        'line 1, column 5: expected a finite number of single precision, found "1e39"')
    bad("value-infinite", b"1 1:inf\n",
        'line 1, column 5: expected a finite number of single precision, found "inf"')
    bad("qid", b"1 qid:3 1:2\n", "line 1, column 3: qid is for ranking, which is not supported")
    bad("control", b"1 1:\x1b[31m\n",
        'line 1, column 5: expected a finite number of single precision, found "?[31m"')


def csv_cases() -> None:
    x = np.array([[1.5, -2], [3, 1e-3], [0, 255]])
    y = np.array([1, 0, 7])

    def good(name: str, content: bytes, x: np.ndarray = x, y: np.ndarray = y, **options) -> None:
        save(f"csv/pass-{name}", content)
        expect(f"csv/pass-{name}", x, y, **options)

    text = b"1.5,-2,1\n3,1e-3,0\n0,255,7\n"
    good("plain.csv", text)
    good("packed.csv.gz", gzip.compress(text, mtime=0))
    good("no-newline.csv", text.strip())
    good("crlf.csv", text.replace(b"\n", b"\r\n"))
    good("mark.csv", b"\xef\xbb\xbf" + text)
    good("semicolon.csv", text.replace(b",", b";"))
    good("tab.csv", text.replace(b",", b"\t"))
    good("spaces.csv", text.replace(b",", b" , ").replace(b"\n", b" \n\n"))
    good("quoted.csv", b'"1.5","-2","1"\n"3",1e-3,"0"\n0,"255",7\n')
    good("header.csv", b"a,b,c\n" + text)
    good("header-of-numbers.csv", b"0,1,class\n" + text)
    good("header-quoted.csv", b'"a ""1""","b\n,",c\n' + text)
    good("label-first.csv", b"1,1.5,-2\n0,3,1e-3\n7,0,255\n", label="0")
    good("label-named.csv", b"a,target,b\n1.5,1,-2\n3,0,1e-3\n0,7,255\n", label="target")
    names = ["Iris-setosa", "Iris, wild", "\u00fc"]
    texts = 'Iris-setosa', '\u00fc', 'Iris, wild'
    good("text.csv", '1.5,-2,Iris-setosa\n3,1e-3,\u00fc\n0,255,"Iris, wild"\n'.encode(),
         y=np.array([sorted(names).index(t) for t in texts]), label_names=sorted(names))
    good("text-and-numbers.csv", b"1.5,-2,9\n3,1e-3,10\n0,255,nine\n",
         y=np.array([1, 0, 2]), label_names=["10", "9", "nine"])

    def bad(name: str, content: bytes, error: str, **options) -> None:
        save(f"csv/fail-{name}.csv", content)
        refuse(f"csv/fail-{name}.csv", "FILE: " + error, **options)

    number = "expected a finite number of single precision, found"
    bad("nothing", b"\n\n", "expected records of a label and numbers, found none")
    bad("header-only", b"a,b,c\n", "expected records after the header, found none")
    bad("one-column", b"1\n2\n", "line 1, column 1: expected a label and at least one number, separated by "
                                 "comma, semicolon or tab, found one cell")
    bad("empty-cell", b"1,2,3\n\n4,,6\n", f"line 3, column 2: {number} an empty cell")
    bad("empty-cell-first", b"1,,3\n4,5,6\n", f"line 1, column 2: {number} an empty cell")
    bad("empty-label", b"1,2,3\n4,5,\n", "line 2, column 3: expected a label, found an empty cell")
    bad("word", b"a,b,c\n1,x y,3\n", f'line 2, column 2: {number} "x y"')
    bad("nan", b"1,2,3\n1,NaN,3\n", f'line 2, column 2: {number} "NaN"')
    bad("large", b"1,2,3\n1,-1e39,3\n", f'line 2, column 2: {number} "-1e39"')
    bad("fewer", b"1,2,3\n4,5\n", "line 2, column 3: expected 3 cells, as in the first record, found 2")
    bad("more", b"1,2,3\n4,5,6,7\n", "line 2, column 4: expected 3 cells, as in the first record, found 4")
    bad("quote-open", b'1,2,3\n4,"5,6\n7,8,9\n', "line 2, column 2: the file ends within this quoted cell")
    bad("quote-inside", b'1,2,3\n4,5"",6\n',
        'line 2, column 2: expected a quote at the begin of a cell only, found "5"""')
    bad("quote-after", b'1,2,3\n4,"5"x,6\n',
        'line 2, column 2: expected the end of the cell after its closing quote, found "x,6"')
    bad("line-of-quoted", b'1,2,3\n"4\n",5,6,7\n',
        "line 2, column 4: expected 3 cells, as in the first record, found 4")
    bad("label-name", b"a,b,c\n1,2,3\n",
        'line 1, column 1: expected a column "d" in the header, found a, b, c', label="d")
    bad("label-number", b"1,2,3\n",
        "line 1, column 1: expected the label in column 3, counted from 0, found 3 columns", label="3")
    bad("decimal-comma", b"1,5;2;3\n4,5;6;7\n", f'line 1, column 1: {number} "1,5"')


def raw_cases() -> None:
    x = np.arange(24).reshape(2, 3, 2, 2).astype("u1")
    y = np.array([7, 255])
    records = b"".join(bytes([label]) + image.tobytes() for label, image in zip(y, x))
    save("images_raw/pass-one.bin", records)
    expect("images_raw/pass-one.bin", x, y, shape_given=[3, 2, 2])
    save("images_raw/pass-packed.bin.gz", gzip.compress(records, mtime=0))
    expect("images_raw/pass-packed.bin.gz", x, y, shape_given=[3, 2, 2])
    two = b"".join(bytes([9, label]) + image.tobytes() for label, image in zip(y, x))
    save("images_raw/pass-two.bin", two)
    expect("images_raw/pass-two.bin", x, y, shape_given=[3, 2, 2], label_bytes=2)
    save("images_raw/fail-cut.bin", records[:-5])
    refuse("images_raw/fail-cut.bin",
           "FILE: byte 21: the file ends here, expected 12 bytes of record 1 from byte 14",
           shape_given=[3, 2, 2])
    save("images_raw/fail-nothing.bin", b"")
    refuse("images_raw/fail-nothing.bin",
           "FILE: byte 0: the file ends here, expected 1 bytes of record 0 from byte 0", shape_given=[3, 2, 2])
    refuse("images_raw/pass-one.bin",
           "FILE: byte 26: the file ends here, expected 1000000000000 bytes of record 0 from byte 1",
           shape_given=[1000000, 1000, 1000])


for make in (npz_cases, idx_cases, libsvm_cases, csv_cases, raw_cases):
    make()
lines = ",\n".join(json.dumps(case) for case in cases)
save("cases.json", f"[\n{lines}\n]\n".encode())
