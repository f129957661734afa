"""Writes workbooks in the binary form of Excel, xlsb, after [MS-XLSB]; records may be given by hand, to write wrong ones.

A record is its number and its length, in seven bits of each byte, and its bytes. Cells are numbers (IEEE 754, or RK with
30 bits where they are whole), texts (shared), booleans, dates and None.
"""
import datetime
import struct
import zipfile

STYLE = {"general": 0, "date": 1}
CONTENT = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '{sheets}<Override PartName="/xl/styles.bin" ContentType="application/vnd.ms-excel.styles"/>'
    '<Override PartName="/xl/sharedStrings.bin" ContentType="application/vnd.ms-excel.sharedStrings"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{0}</Relationships>'
)


def record(number, data=b""):
    head = bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])
    length, rest = b"", len(data)
    while True:
        length += bytes([rest & 127 | (128 if rest > 127 else 0)])
        rest >>= 7
        if not rest:
            return head + length + data


def wide(text):
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def styles():
    font = struct.pack("<HHHHBBBB", 220, 0, 400, 0, 0, 2, 0, 0) + bytes([7, 1, 0, 0, 0, 0, 0, 255]) + b"\2" + wide("Calibri")
    fill = struct.pack("<I", 0) + bytes([1, 64, 0, 0, 0, 0, 0, 255]) + bytes([3, 65, 0, 0, 255, 255, 255, 255]) + bytes(48)
    border = bytes([0]) + (bytes(2) + bytes([1, 0, 0, 0, 0, 0, 0, 0])) * 5
    xf = lambda form: struct.pack("<HHHHHBBHH", 0, form, 0, 0, 0, 0, 0, 16, 1 if form else 0)
    count = lambda number: struct.pack("<I", number)
    return b"".join([
        record(278), record(615, count(1)), record(44, struct.pack("<H", 164) + wide("yyyy\\-mm\\-dd")), record(616),
        record(611, count(1)), record(43, font), record(612), record(603, count(1)), record(45, fill), record(604),
        record(613, count(1)), record(46, border), record(614),
        record(626, count(1)), record(47, struct.pack("<H", 65535) + xf(0)[2:]), record(627),
        record(617, count(2)), record(47, xf(0)), record(47, xf(164)), record(618), record(279),
    ])


def place(column, style="general"):
    return struct.pack("<II", column, STYLE[style])


def cell(column, value, texts):
    """The record of a cell; texts get their place among the shared ones."""
    if value is None:
        return record(1, place(column))
    if isinstance(value, bool):
        return record(4, place(column) + bytes([value]))
    if isinstance(value, datetime.date):
        days = (value - datetime.date(1899, 12, 30)).days
        return record(5, place(column, "date") + struct.pack("<d", days))
    if isinstance(value, str):
        return record(7, place(column) + struct.pack("<I", texts.setdefault(value, len(texts))))
    if isinstance(value, int) and abs(value) < 1 << 29:
        return record(2, place(column) + struct.pack("<i", value << 2 | 2))
    return record(5, place(column) + struct.pack("<d", value))


def row(number, cells):
    return record(0, struct.pack("<IIHBHI", number, 0, 300, 0, 0, 0)) + b"".join(cells)


def sheet(rows, texts, columns):
    """`rows` are lists of values, or bytes that stand as they are."""
    data = [line if isinstance(line, bytes) else row(n, [cell(c, v, texts) for c, v in enumerate(line)])
            for n, line in enumerate(rows)]
    size = struct.pack("<IIII", 0, max(len(rows) - 1, 0), 0, columns - 1)
    return record(129) + record(148, size) + record(145) + b"".join(data) + record(146) + record(130)


def write(name, sheets, columns=7, parts=None, count=None):
    """`sheets` has names and rows; `parts` takes the place of whole parts, None leaves one out."""
    texts, files, listed, kinds, related = {}, {}, b"", "", ""
    for n, (title, rows) in enumerate(sheets, 1):
        files[f"xl/worksheets/sheet{n}.bin"] = sheet(rows, texts, columns)
        listed += record(156, struct.pack("<II", 0, n) + wide(f"rId{n}") + wide(title))
        kinds += f'<Override PartName="/xl/worksheets/sheet{n}.bin" ContentType="application/vnd.ms-excel.worksheet"/>'
        related += f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.bin"/>'
    for n, part in enumerate(["styles", "sharedStrings"], len(sheets) + 1):
        related += f'<Relationship Id="rId{n}" Type="{OFFICE}/{part}" Target="{part}.bin"/>'
    strings = record(159, struct.pack("<II", len(texts), len(texts) if count is None else count))
    strings += b"".join(record(19, b"\0" + wide(text)) for text in texts) + record(160)
    book = record(131) + record(153, struct.pack("<II", 0, 0) + wide("")) + record(143) + listed + record(144)
    files |= {
        "[Content_Types].xml": CONTENT.format(sheets=kinds).encode(),
        "_rels/.rels": RELATIONS.format(f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.bin"/>').encode(),
        "xl/_rels/workbook.bin.rels": RELATIONS.format(related).encode(),
        "xl/workbook.bin": book + record(157, bytes(26)) + record(132),
        "xl/styles.bin": styles(),
        "xl/sharedStrings.bin": strings,
    } | (parts or {})
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as book:
        for path, bytes_ in sorted(files.items()):
            if bytes_ is not None:
                book.writestr(zipfile.ZipInfo(path), bytes_, zipfile.ZIP_DEFLATED)
