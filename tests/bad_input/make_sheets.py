"""Writes the workbooks among the files of this folder anew; needs XlsxWriter, xlwt, odfpy and msoffcrypto-tool.

Each holds the table of make.py, of which something is wrong; what, says `cases.toml`.
"""
import datetime
import io
import pathlib
import re
import struct
import sys
import zipfile

import xlsxwriter
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

here = pathlib.Path(__file__).parent / "files"
sys.path.append(str(here.parent.parent / "formats"))
import xlsb  # noqa: E402

HEADER = ["id", "age", "city", "note"]
CANARY = "QzCanary"
ROWS = [[i, 20 + i * 7 % 60, CANARY + "ABC"[i % 3], i % 2] for i in range(120)]
DAY = datetime.date(1990, 1, 1)


def put(name, bytes_):
    (here / name).write_bytes(bytes_)


def xlsx(rows, change=None):
    """The bytes of a workbook; `change` makes others of its parts, or none."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"created": datetime.datetime(2025, 1, 1)})
    day, page = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_worksheet()
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            page.write(r, c, value, *([day] if isinstance(value, datetime.date) else []))
    book.close()
    return changed(made, change or (lambda name, part: part))


def changed(book, change):
    out = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = change(name, old.read(name))
            if part is not None:
                new.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def sheet(pattern, text):
    """Replaces what a pattern finds first in the sheet."""
    return lambda name, part: re.sub(pattern, text, part, count=1, flags=re.S) if "worksheets/sheet1" in name else part


def strings(pattern, text):
    return lambda name, part: re.sub(pattern, text, part, count=1, flags=re.S) if "sharedStrings" in name else part


GOOD = [HEADER, *ROWS]
good = xlsx(GOOD)
put("good.xlsx", good)
put("empty.xlsx", b"")
put("header_only.xlsx", xlsx([HEADER]))
put("truncated.xlsx", good[:-40])
put("half.xlsx", good[: len(good) // 2])
at = good.index(b"xl/worksheets/sheet1.xml") + 300
put("corrupt.xlsx", good[:at] + b"\xff" * 60 + good[at + 60 :])
put("text.xlsx", ("\n".join(",".join(map(str, row)) for row in GOOD)).encode())
closed = io.BytesIO()
OOXMLFile(io.BytesIO(good)).encrypt("password", closed)
put("locked.xlsx", closed.getvalue())
put("broken_xml.xlsx", xlsx(GOOD, sheet(rb'<row r="60".*', b"<row")))
put("no_sheet.xlsx", xlsx(GOOD, lambda name, part: None if "worksheets/sheet1" in name else part))
put("no_book.xlsx", xlsx(GOOD, lambda name, part: None if name == "xl/workbook.xml" else part))
put("strings_missing.xlsx", xlsx(GOOD, lambda name, part: None if "sharedStrings" in name else part))
put("string_past_end.xlsx", xlsx(GOOD, sheet(rb'(<c r="C61" t="s"><v>)\d+', rb"\g<1>999999")))
put("string_minus.xlsx", xlsx(GOOD, sheet(rb'(<c r="C61" t="s"><v>)\d+', rb"\g<1>-1")))
put("cell_past_end.xlsx", xlsx(GOOD, sheet(rb'r="B61"', b'r="ZZZZZZZ99999999999"')))
put("cell_out_of_order.xlsx", xlsx(GOOD, sheet(rb'<row r="61".*?</row>', b'<row r="3"><c r="A3"><v>1</v></c></row>')))
put("merged_reversed.xlsx", xlsx(GOOD, sheet(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="D2:A1"/></mergeCells>')))
put("merged_nonsense.xlsx", xlsx(GOOD, sheet(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:"/></mergeCells>')))
put("merged_whole.xlsx", xlsx(GOOD, sheet(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')))
put("entities.xlsx", xlsx(GOOD, strings(rb"<sst", b'<!DOCTYPE s [<!ENTITY a "QzCanary"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><sst')))
put("bytes.xlsx", xlsx(GOOD, strings(rb"QzCanaryB", b"QzCanary\xff\xfe")))
put("nul.xlsx", xlsx(GOOD, strings(rb"QzCanaryB", b"QzCanary&#0;")))
put("past_i64.xlsx", xlsx([HEADER, *ROWS[:60], [121, 9223372036854775808, CANARY, 1], *ROWS[60:]]))
put("word.xlsx", xlsx([HEADER, *ROWS[:60], [121, CANARY, CANARY, 1], *ROWS[60:]]))
put("duplicate_header.xlsx", xlsx([["id", "age", "city", "city"], *ROWS]))
dated = [["id", "day", "city", "note"], *([i, DAY, c, n] for i, _, c, n in ROWS)]
put("date_negative.xlsx", xlsx(dated, sheet(rb'(<c r="B61"[^>]*><v>)[^<]+', rb"\g<1>-5")))
put("date_past_end.xlsx", xlsx(dated, sheet(rb'(<c r="B61"[^>]*><v>)[^<]+', rb"\g<1>3000000")))


def xls(rows):
    book, made = xlwt.Workbook(), io.BytesIO()
    page = book.add_sheet("台账")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            day = isinstance(value, datetime.date)
            page.write(r, c, value, xlwt.easyxf(num_format_str="YYYY-MM-DD") if day else xlwt.Style.default_style)
    book.save(made)
    return made.getvalue()


old = xls(GOOD)
put("empty.xls", b"")
put("header_only.xls", xls([HEADER]))
put("truncated.xls", old[:-600])
put("half.xls", old[: len(old) // 2])
put("page.xls", "<html><table><tr><td>id</td></tr><tr><td>QzCanary</td></tr></table></html>".encode())
# the record of whoever wrote it becomes the one that tells a password
at = old.index(b"\x5c\x00\x70\x00")
put("locked.xls", old[:at] + b"\x2f\x00\x70\x00\x01\x00\x01\x00" + old[at + 8 :])
# the chain of sectors leads back to its beginning
sectors = struct.unpack("<I", old[76:80])[0]
start = 512 * (sectors + 1)
put("cyclic.xls", old[: start + 4] + struct.pack("<I", 0) + old[start + 8 :])
put("sectors.xls", old[:44] + b"\xff\xff\xff\x7f" + old[48:])
put("corrupt.xls", old[:3000] + b"\xff" * 400 + old[3400:])


def ods(rows, change=None):
    book, made = OpenDocumentSpreadsheet(), io.BytesIO()
    table = Table(name="台账")
    for row in rows:
        line = TableRow()
        for value in row:
            if isinstance(value, datetime.date):
                line.addElement(TableCell(valuetype="date", datevalue=value.isoformat()))
            elif isinstance(value, int):
                line.addElement(TableCell(valuetype="float", value=value))
            else:
                text = TableCell(valuetype="string")
                text.addElement(P(text=value))
                line.addElement(text)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(made)
    return changed(made, change or (lambda name, part: part))


def content(pattern, text):
    return lambda name, part: re.sub(pattern, text, part, count=1, flags=re.S) if name == "content.xml" else part


open_ = ods(GOOD)
put("empty.ods", b"")
put("header_only.ods", ods([HEADER]))
put("truncated.ods", open_[:-40])
put("broken_xml.ods", ods(GOOD, content(rb"QzCanaryC.*", b"<table:table-row")))
put("no_content.ods", ods(GOOD, lambda name, part: None if name == "content.xml" else part))
put("locked.ods", ods(GOOD, lambda name, part: re.sub(
    rb'(full-path="content.xml"[^>]*)/>', rb'\1><manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>', part)
    if name == "META-INF/manifest.xml" else part))
put("repeated_rows.ods", ods(GOOD, content(rb"<table:table-row>", b'<table:table-row table:number-rows-repeated="1048576">')))
put("repeated_cells.ods", ods(GOOD, content(rb"<table:table-cell ", b'<table:table-cell table:number-columns-repeated="2000000000" ')))
put("repeated_both.ods", ods(GOOD, content(
    rb"<table:table-row>\s*<table:table-cell ",
    b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="1000000" ')))
put("repeated_minus.ods", ods(GOOD, content(rb"<table:table-row>", b'<table:table-row table:number-rows-repeated="-1">')))
put("date_invalid.ods", ods(dated, content(rb'date-value="1990-01-01"', b'date-value="1990-02-30"')))
put("number_word.ods", ods(GOOD, content(rb'value="20"', b'value="QzCanary"')))

BOOK = [("台账", GOOD)]
xlsb.write(here / "empty.xlsb", [("台账", [])], 4)
xlsb.write(here / "header_only.xlsb", [("台账", [HEADER])], 4)
xlsb.write(here / "good.xlsb", BOOK, 4)
binary = (here / "good.xlsb").read_bytes()
put("truncated.xlsb", binary[:-40])
put("text.xlsb", b"id,age,city,note\n")
past = xlsb.row(61, [xlsb.record(7, xlsb.place(2) + struct.pack("<I", 999999))])
xlsb.write(here / "string_past_end.xlsb", [("台账", [*GOOD[:61], past, *GOOD[61:]])], 4)
xlsb.write(here / "short_record.xlsb", [("台账", [*GOOD[:61], xlsb.row(61, [xlsb.record(5, b"\0\0")]), *GOOD[61:]])], 4)
xlsb.write(here / "long_record.xlsb", [("台账", [*GOOD[:61], b"\x05\xff\xff\xff\x7f", *GOOD[61:]])], 4)
xlsb.write(here / "row_past_end.xlsb", [("台账", [*GOOD[:61], xlsb.row(5_000_000, []), *GOOD[61:]])], 4)
xlsb.write(here / "strings_count.xlsb", BOOK, 4, count=0xFFFFFFFF)
xlsb.write(here / "no_sheet.xlsb", BOOK, 4, {"xl/worksheets/sheet1.bin": None})
# kinds of cells that the library passes over: the error of a formula, and the short cells of some programs
failed = xlsb.record(11, xlsb.place(1) + b"\x2a" + struct.pack("<HI", 0, 0))
xlsb.write(here / "formula_error.xlsb", [("台账", [*GOOD[:61], xlsb.row(61, [failed]), *GOOD[61:]])], 4)
short = xlsb.record(13, struct.pack("<Ii", 0, 7 << 2 | 2))
xlsb.write(here / "short_cells.xlsb", [("台账", [*GOOD[:61], xlsb.row(61, [xlsb.cell(0, 1, {}), short]), *GOOD[61:]])], 4)
for name in ["good.xlsx", "good.xlsb"]:
    (here / name).unlink()
