"""Makes the workbooks beside this file: pip install openpyxl odfpy xlwt msoffcrypto-tool; python make.py

All hold the table of `rows()`, which tests/formats.rs makes too; the small ones hold what is read in another way or refused.
"""
import datetime
import io

import openpyxl
import xlsb
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

EPOCH = datetime.date(1950, 1, 1)
HEADER = ["id", "age", "city", "born", "amount", "insured", "note"]


def rows():
    for i in range(300):
        yield [
            f"A{i % 150:04}",
            20 + i % 150 * 7 % 40,
            ["南开区", "和平区"][i % 150 % 2],
            EPOCH + datetime.timedelta(days=i % 150 * 97),
            i % 11 + 0.5,
            i % 3 == 0,
            [None, "x", "007"][i % 3],
        ]


def xlsx(name, header_first=True, epoch=None):
    book = openpyxl.Workbook()
    if epoch:
        book.epoch = epoch
    sheet = book.active
    sheet.title = "台账"
    sheet.append(HEADER)
    for row in rows():
        sheet.append(row)
    other = book.create_sheet("other")
    other.append(["nothing"])
    book.save(name)


def titled(name):
    """A title above, a header of two rows with merged cells, merged cells among the records, an empty row."""
    book = openpyxl.Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("数据")
    sheet["A1"] = "2025 报表"
    sheet.merge_cells("A1:D1")
    sheet["A3"], sheet["B3"] = "户号", "用电量"
    sheet["B4"], sheet["C4"], sheet["D4"] = "一月", "二月", "区"
    sheet.merge_cells("A3:A4")
    sheet.merge_cells("B3:C3")
    sheet["D3"] = "地址"
    for number, row in enumerate([["1", 1.0, 2.5, "南开区"], ["2", 3.0, 4.0, None], None, ["3", 5.0, None, "和平区"]]):
        for column, cell in enumerate(row or []):
            sheet.cell(5 + number, 1 + column, cell)
    sheet.merge_cells("D5:D6")
    book.save(name)


def small(name, columns, types=None):
    book = openpyxl.Workbook()
    for row in columns:
        book.active.append(row)
    for place, kind in (types or {}).items():
        book.active[place].data_type = kind
    book.save(name)


def xls(name):
    book = xlwt.Workbook()
    sheet = book.add_sheet("台账")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for column, cell in enumerate(HEADER):
        sheet.write(0, column, cell)
    for number, row in enumerate(rows(), 1):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime.date):
                sheet.write(number, column, cell, day)
            elif cell is not None:
                sheet.write(number, column, cell)
    book.save(name)


def ods(name):
    book = OpenDocumentSpreadsheet()
    table = Table(name="台账")
    for row in [HEADER, *rows()]:
        line = TableRow()
        for cell in row:
            if cell is None:
                made = TableCell()
            elif isinstance(cell, bool):
                made = TableCell(valuetype="boolean", booleanvalue=str(cell).lower())
            elif isinstance(cell, (int, float)):
                made = TableCell(valuetype="float", value=cell)
            elif isinstance(cell, datetime.date):
                made = TableCell(valuetype="date", datevalue=cell.isoformat())
            else:
                made = TableCell(valuetype="string")
                made.addElement(P(text=cell))
            line.addElement(made)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(name)


def locked(name):
    plain, closed = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["id"])
    book.save(plain)
    plain.seek(0)
    OOXMLFile(plain).encrypt("password", closed)
    with open(name, "wb") as file:
        file.write(closed.getvalue())


xlsx("table.xlsx")
xlsx("table1904.xlsx", epoch=openpyxl.utils.datetime.CALENDAR_MAC_1904)
xls("table.xls")
xlsb.write("table.xlsb", [("台账", [HEADER, *rows()]), ("other", [["nothing"]])])
ods("table.ods")
titled("titled.xlsx")
small("long.xlsx", [["id", "证件号"], ["1", "110101199001011234"], ["2", 110101199001011234]])
small("sixteen.xlsx", [["id", "卡号"], ["1", "6222020200112230"], ["2", 6222020200112230]])
small("error.xlsx", [["id", "sum"], ["1", 1], ["2", "#N/A"]], {"B3": "e"})
small("unnamed.xlsx", [["id", None, "x"], ["1", "told-nobody", "y"]])
small("twice.xlsx", [["id", "id"], ["1", "2"]])
small("empty.xlsx", [])
locked("locked.xlsx")
