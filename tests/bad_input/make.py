"""make.py: writes the files of this folder anew; needs pyarrow and zstandard. `cases.toml` says what each is for.

The workbooks are those of make_sheets.py. No message may tell a cell: they hold words that tests look for.
"""

import gzip
import json
import pathlib
import struct

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import zstandard

here = pathlib.Path(__file__).parent / "files"
here.mkdir(exist_ok=True)
head = "id,age,city,note\n"
CANARY = "QzCanary"
CITIES = [CANARY + letter for letter in "ABC"]


def row(i, age=None, city=None, note=None):
    age = 20 + i * 7 % 60 if age is None else age
    return f"{i},{age},{CITIES[i % 3] if city is None else city},{i % 2 if note is None else note}\n"


good = "".join(row(i) for i in range(120))


def write(name, text, encoding="utf-8"):
    (here / name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))


def with_row(line, at=60):
    lines = good.splitlines(keepends=True)
    return head + "".join(lines[:at]) + line + "".join(lines[at:])


write("empty.csv", b"")
write("header_only.csv", head)
write("only_newlines.csv", "\n\n\n")
write("bom_only.csv", b"\xef\xbb\xbf")
write("unclosed_quote.csv", head + good + '121,30,"QzCanaryA,1\n122,31,QzCanaryB,0\n')
write("stray_quote.csv", with_row('121,30,QzCanary"B",1\n'))
write("gb18030.csv", (head + good).replace("QzCanaryA", "天津QzCanary").replace("QzCanaryB", "南开"), "gb18030")
write("utf8_chinese.csv", (head + good).replace("QzCanaryA", "天津QzCanary").replace("QzCanaryB", "南开区"))
write("utf16.csv", head + good, "utf-16")
write("latin1.csv", with_row("121,30,QzCanaryü,1\n"), "latin-1")
write("nul_bytes.csv", with_row("121,30,QzCanary\0B,1\n"))
write("nul_file.csv", b"\0" * 4096)
write("mixed_line_ends.csv", head.replace("\n", "\r\n") + good.replace("\n", "\r", 20).replace("\n", "\r\n", 20))
write("duplicate_header.csv", "id,age,city,city\n" + good)
write("headerless.csv", good)
write("headerless_city.csv", "".join(good.splitlines(keepends=True)[2:]).replace("QzCanary", "cityQzCanary"))
write("nameless_column.csv", "id,age,city,\n" + good)
write("missing_column.csv", "id,years,city,note\n" + good)
write("blank_names.csv", " id ,\tage, city , note\n" + good)
write("ragged_short.csv", with_row("121,30\n"))
write("ragged_long.csv", with_row("121,30,QzCanaryA,1,,\n"))
write("past_i64.csv", with_row(row(121, age="9223372036854775808")))
write("fraction_in_integer.csv", with_row(row(121, age="30.5")))
write("word_in_integer.csv", with_row(row(121, age="QzCanary")))
write("full_width_digits.csv", with_row(row(121, age="３０")))
write("nan.csv", with_row(row(121, age="NaN")))
write("infinite.csv", with_row(row(121, age="1e999")))
write("null_subject.csv", with_row(",30,QzCanaryA,1\n"))
write("few_subjects.csv", head + row(1) + row(2))
write("one_subject.csv", head + row(1) * 50)
write("semicolons.csv", (head + good).replace(",", ";"))
write("png.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde")
write("html.csv", "<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n")
write("invalid_date.csv", (head + good).replace("id,age", "id,day").replace(",2", ",2025-02-2") + "121,2025-02-30,QzCanaryA,1\n")
write("long_line.csv", with_row("121,30," + "A" * 70_000 + ",1\n"))
write("quoted_newlines.csv", with_row('121,30,"QzCanary\nA\r\nA",1\n'))

table = pa.table({"id": list(range(120)), "age": [20 + i * 7 % 60 for i in range(120)],
                  "city": [CITIES[i % 3] for i in range(120)], "note": [i % 2 for i in range(120)]})
pq.write_table(table, here / "good.parquet", compression="none", use_dictionary=False)
bytes_ = (here / "good.parquet").read_bytes()
write("truncated.parquet", bytes_[:-30])
write("half.parquet", bytes_[: len(bytes_) // 2])
write("not_parquet.parquet", head + good)
write("empty.parquet", b"")
write("magic_only.parquet", b"PAR1PAR1")
write("footer_too_long.parquet", bytes_[:-8] + struct.pack("<I", 0x7FFFFFFF) + b"PAR1")
write("corrupt_page.parquet", bytes_[:60] + b"\xff" * 200 + bytes_[260:])
write("no_rows.parquet", b"")
pq.write_table(table.slice(0, 0), here / "no_rows.parquet")
pq.write_table(table.append_column("list", pa.array([[i] for i in range(120)])), here / "nested.parquet")
binary = table.set_column(3, "note", pa.array([bytes([i]) for i in range(120)]))
pq.write_table(binary, here / "binary.parquet")
pq.write_table(table.rename_columns(["id", "age", "city", "city"]), here / "duplicate_columns.parquet")
pq.write_table(table.drop_columns(["city"]), here / "missing_column.parquet")
# a footer that says 121 rows: the varint 120 (zigzag 240, 0xf0 0x01) where the file's rows are counted
pq.write_table(table, here / "lying_rows.parquet", compression="none")
lying = bytearray((here / "lying_rows.parquet").read_bytes())
start = len(lying) - 8 - struct.unpack("<I", lying[-8:-4])[0]
last = lying.rfind(b"\xf0\x01", start)
for at in range(start, len(lying) - 1):
    if lying[at : at + 2] == b"\xf0\x01":
        lying[at : at + 2] = b"\xf2\x01"
(here / "lying_rows.parquet").write_bytes(bytes(lying))
(here / "good.parquet").unlink()

# NDJSON
lines = ["{" + f'"id": {i}, "age": {20 + i * 7 % 60}, "city": "{CITIES[i % 3]}", "note": {i % 2}' + "}\n" for i in range(120)]


def with_line(name, line, at=60):
    write(name, "".join(lines[:at]).encode() + (line if isinstance(line, bytes) else line.encode()) + b"\n" + "".join(lines[at:]).encode())


def member(**more):
    return json.dumps({"id": 121, "age": 30, "city": CITIES[0], "note": 1} | more, ensure_ascii=False)


write("empty.ndjson", b"")
write("only_newlines.ndjson", "\n\n\n")
write("truncated.ndjson", "".join(lines)[:-20])
write("array.ndjson", "[" + ",".join(lines) + "]")
with_line("word.ndjson", CANARY)
with_line("mixed_types.ndjson", member(age=CANARY))
with_line("nested.ndjson", member(city={"name": CANARY, "code": 1}))
with_line("list.ndjson", member(city=[CANARY]))
with_line("deep.ndjson", '{"id": 121, "city": ' + "[" * 5000 + "]" * 5000 + "}")
with_line("nul.ndjson", b'{"id": 121, "city": "QzCanary\0"}')
with_line("nul_escaped.ndjson", '{"id": 121, "age": 30, "city": "QzCanary\\u0000", "note": 1}')
with_line("surrogate.ndjson", '{"id": 121, "age": 30, "city": "QzCanary\\ud800", "note": 1}')
with_line("duplicate_key.ndjson", '{"id": 121, "city": "QzCanary", "city": "QzCanary"}')
with_line("dotted_key.ndjson", '{"id": 121, "city.a": "QzCanary", "city": {"a": "QzCanary"}}')
with_line("bytes.ndjson", b'{"id": 121, "city": "QzCanary\xff"}')
with_line("past_i64.ndjson", '{"id": 121, "age": 92233720368547758080, "city": "QzCanary"}')
with_line("exponent.ndjson", '{"id": 121, "age": 1e999, "city": "QzCanary"}')
with_line("missing_subject.ndjson", '{"age": 30, "city": "QzCanary", "note": 1}')
with_line("two_objects.ndjson", lines[0].strip() + lines[1].strip())
with_line("trailing_comma.ndjson", '{"id": 121, "city": "QzCanary",}')
write("utf16.ndjson", "".join(lines), "utf-16")
write("mixed_line_ends.ndjson", "\ufeff" + "".join(lines).replace("\n", "\r\n", 50))

# Arrow IPC
for kind, open_ in [("arrow", pa.ipc.new_file), ("arrows", pa.ipc.new_stream)]:
    with open_(here / f"good.{kind}", table.schema) as sink:
        for batch in table.to_batches(max_chunksize=50):
            sink.write_batch(batch)
    with open_(here / f"no_rows.{kind}", table.schema):
        pass
    ipc = (here / f"good.{kind}").read_bytes()
    write(f"empty.{kind}", b"")
    write(f"truncated.{kind}", ipc[:-20])
    write(f"half.{kind}", ipc[: len(ipc) // 2])
    write(f"text.{kind}", head + good)
    write(f"corrupt.{kind}", ipc[:700] + b"\xff" * 100 + ipc[800:])
    (here / f"good.{kind}").unlink()
with pa.ipc.new_file(here / "good.arrow", table.schema) as sink:
    sink.write_table(table)
ipc = (here / "good.arrow").read_bytes()
length = struct.unpack("<I", ipc[-10:-6])[0]
write("footer_too_long.arrow", ipc[:-10] + struct.pack("<I", 0x7FFFFFFF) + ipc[-6:])
write("footer_negative.arrow", ipc[:-10] + struct.pack("<i", -5) + ipc[-6:])
# the place of the block of records: offset, length of its description, length of its buffers
foot = ipc[-10 - length : -10]
block = next(at for at in range(0, length - 24) if struct.unpack("<q", foot[at : at + 8])[0] in range(100, 2000)
             and struct.unpack("<i", foot[at + 8 : at + 12])[0] in range(100, 1000)
             and struct.unpack("<q", foot[at + 16 : at + 24])[0] in range(1000, 9000))
at = len(ipc) - 10 - length + block
write("block_past_end.arrow", ipc[:at] + struct.pack("<q", 1 << 40) + ipc[at + 8 :])
write("block_too_long.arrow", ipc[: at + 16] + struct.pack("<q", 1 << 40) + ipc[at + 24 :])
# the records of the block, where its description counts them
message = ipc.index(struct.pack("<q", 120), 200)
write("lying_rows.arrow", ipc[:message] + struct.pack("<q", 1 << 40) + ipc[message + 8 :])
write("lying_rows_negative.arrow", ipc[:message] + struct.pack("<q", -120) + ipc[message + 8 :])
with pa.ipc.new_file(here / "compressed.arrow", table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as sink:
    sink.write_table(table)
(here / "good.arrow").unlink()

# packed text
text = (head + good).encode()
gz, zst = gzip.compress(text, mtime=0), zstandard.ZstdCompressor(write_checksum=True).compress(text)
for ending, packed in [("gz", gz), ("zst", zst)]:
    write(f"empty.csv.{ending}", b"")
    write(f"truncated.csv.{ending}", packed[:-9])
    write(f"half.csv.{ending}", packed[: len(packed) // 2])
    write(f"magic_only.csv.{ending}", packed[:4])
    write(f"trailing.csv.{ending}", packed + b"QzCanary and more")
    write(f"checksum.csv.{ending}", packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:] if ending == "gz" else packed[:-2] + bytes([packed[-2] ^ 1]) + packed[-1:])
    write(f"corrupt.csv.{ending}", packed[:40] + b"\xff" * 20 + packed[60:])
    write(f"text.csv.{ending}", text)
write("zstd.csv.gz", zst)
write("gzip.csv.zst", gz)
write("nothing_in_it.csv.gz", gzip.compress(b"", mtime=0))
# a window of 2 GiB is asked for
write("window.csv.zst", b"\x28\xb5\x2f\xfd\x00\xa8" + zst[6:])
