"""make.py: writes the files of this folder anew; needs pyarrow. `cases.toml` says what each is for."""

import pathlib
import struct

import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent / "files"
here.mkdir(exist_ok=True)
head = "id,age,city,note\n"


def row(i, age=None, city=None, note=None):
    age = 20 + i * 7 % 60 if age is None else age
    return f"{i},{age},{'ABC'[i % 3] if city is None else city},{i % 2 if note is None else note}\n"


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
write("unclosed_quote.csv", head + good + '121,30,"A,1\n122,31,B,0\n')
write("stray_quote.csv", with_row('121,30,A"B",1\n'))
write("gb18030.csv", (head + good).replace("A", "天津").replace("B", "南开"), "gb18030")
write("utf8_chinese.csv", (head + good).replace("A", "天津").replace("B", "南开区"))
write("utf16.csv", head + good, "utf-16")
write("latin1.csv", with_row("121,30,Zürich,1\n"), "latin-1")
write("nul_bytes.csv", with_row("121,30,A\0B,1\n"))
write("nul_file.csv", b"\0" * 4096)
write("mixed_line_ends.csv", head.replace("\n", "\r\n") + good.replace("\n", "\r", 20).replace("\n", "\r\n", 20))
write("duplicate_header.csv", "id,age,city,city\n" + good)
write("nameless_column.csv", "id,age,city,\n" + good)
write("missing_column.csv", "id,years,city,note\n" + good)
write("blank_names.csv", " id ,\tage, city , note\n" + good)
write("ragged_short.csv", with_row("121,30\n"))
write("ragged_long.csv", with_row("121,30,A,1,,\n"))
write("past_i64.csv", with_row(row(121, age="9223372036854775808")))
write("fraction_in_integer.csv", with_row(row(121, age="30.5")))
write("word_in_integer.csv", with_row(row(121, age="thirty")))
write("full_width_digits.csv", with_row(row(121, age="３０")))
write("nan.csv", with_row(row(121, age="NaN")))
write("infinite.csv", with_row(row(121, age="1e999")))
write("null_subject.csv", with_row(",30,A,1\n"))
write("few_subjects.csv", head + row(1) + row(2))
write("one_subject.csv", head + row(1) * 50)
write("semicolons.csv", (head + good).replace(",", ";"))
write("png.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde")
write("html.csv", "<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n")
write("invalid_date.csv", (head + good).replace("id,age", "id,day").replace(",2", ",2025-02-2") + "121,2025-02-30,A,1\n")
write("long_line.csv", with_row("121,30," + "A" * 70_000 + ",1\n"))
write("quoted_newlines.csv", with_row('121,30,"A\nA\r\nA",1\n'))

table = pa.table({"id": list(range(120)), "age": [20 + i * 7 % 60 for i in range(120)],
                  "city": ["ABC"[i % 3] for i in range(120)], "note": [i % 2 for i in range(120)]})
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
