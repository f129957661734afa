//! Columns that identify nobody, though many look like it.

use super::Truth::Nothing;
use super::check::with_gtin;
use super::{Spec, by_header, by_values, digits, from, number, written};
use crate::sample::draw::Draw;
use crate::sample::text::Date;
use crate::sample::tianjin::DISTRICTS;

const HEX: &[u8] = b"0123456789abcdef";
const CAPITALS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

pub(super) const SPECS: &[Spec] = &[
    by_values("order_number_18", Nothing, ["订单号", "ddh", "transaction_no"], |d, _, row| {
        format!("{}{:06}", moment(d, 12), row % 1_000_000)
    }),
    by_header("order_number_11", Nothing, ["流水号", "lsh", "order_no"], |d, _, row| {
        // eleven digits that start with 1, one after the other: a block of phone numbers looks the same
        (17_000_000_000 + row * 3 + u64::from(d.below(3))).to_string()
    }),
    by_values("timestamp_14", Nothing, ["交易时间", "jysj", "trade_time"], |d, _, _| moment(d, 14)),
    by_values("timestamp_17", Nothing, ["采集时间", "cjsj", "collected_at"], |d, _, _| {
        format!("{}{:03}", moment(d, 14), d.below(1000))
    }),
    by_values("timestamp_text", Nothing, ["更新时间", "gxsj", "updated_at"], |d, _, _| {
        let day = day(d);
        let (hour, minute, second) = (d.below(24), d.below(60), d.below(60));
        format!("{}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}", day.year, day.month, day.day)
    }),
    by_header("epoch", Nothing, ["创建时间戳", "cjsjc", "created_ts"], |d, _, _| {
        // ten digits that start with 1 are an account number as well
        (1_700_000_000 + d.below(40_000_000)).to_string()
    }),
    by_values("epoch_milliseconds", Nothing, ["事件时间", "sjsj", "event_time"], |d, _, _| {
        format!("{}{:03}", 1_700_000_000 + d.below(40_000_000), d.below(1000))
    }),
    by_values("amount", Nothing, ["应收金额", "ysje", "amount"], |d, _, _| {
        format!("{:.2}", d.log_normal(180.0, 0.9))
    }),
    by_values("amount_large", Nothing, ["注册资本", "zczb", "registered_capital"], |d, _, _| {
        (u64::from(1 + d.below(999)) * 10_u64.pow(3 + d.below(6))).to_string()
    }),
    by_values("ean_13", Nothing, ["商品条码", "sptm", "barcode"], |d, _, _| {
        with_gtin(format!("69{}", digits(d, 10)))
    }),
    by_values("product_code", Nothing, ["规格型号", "ggxh", "model"], |d, _, _| {
        format!("{}-{}{}", from(d, CAPITALS, 2), number(d, 3), from(d, CAPITALS, 1))
    }),
    by_values("product_code_9", Nothing, ["物料编码", "wlbm", "material_code"], |d, _, _| {
        // a letter and eight digits, as travel documents have
        format!("{}{:08}", d.one_of(&["B", "K", "R", "T", "X"]), 10_000_000 + d.below(4000) * 10)
    }),
    by_values("md5", Nothing, ["文件校验值", "wjjyz", "md5"], |d, _, _| from(d, HEX, 32)),
    by_values("sha256", Nothing, ["摘要值", "zyz", "digest"], |d, _, _| from(d, HEX, 64)),
    by_values("uuid", Nothing, ["批次标识", "pcbs", "batch_uuid"], |d, _, _| {
        let parts = [8, 4, 4, 4, 12].map(|length| from(d, HEX, length));
        parts.join("-")
    }),
    by_values("version", Nothing, ["软件版本", "rjbb", "version"], |d, _, _| {
        format!("v{}.{}.{}", d.below(9), d.below(20), d.below(40))
    }),
    by_values("version_of_four", Nothing, ["固件版本", "gjbb", "firmware_version"], |d, _, _| {
        // four numbers with dots, as addresses have
        format!("{}.{}.{}.{}", 1 + d.below(3), d.below(20), d.below(10), d.below(120))
    }),
    by_values("sequence", Nothing, ["序号", "xuhao", "row_no"], |_, _, row| (row + 1).to_string()),
    by_values("invoice_number", Nothing, ["发票号码", "fphm", "invoice_no"], |d, _, _| digits(d, 8)),
    by_values("invoice_code", Nothing, ["发票代码", "fpdm", "invoice_code"], |d, _, _| {
        format!("0120{}{}", 19 + d.below(6), d.one_of(&["00104", "00111", "00204"])) + "1"
    }),
    by_values("tracking_15", Nothing, ["批号", "ph", "lot"], |d, _, _| number(d, 15)),
    by_values("serial_16", Nothing, ["资产编号", "zcbh", "asset_no"], |d, _, _| number(d, 16)),
    by_values("serial_19", Nothing, ["雪花编号", "xhbh", "snowflake"], |d, _, _| format!("17{}", digits(d, 17))),
    by_values("percentage", Nothing, ["占比", "zb", "percent"], |d, _, _| {
        format!("{:.1}%", f64::from(d.below(1000)) / 10.0)
    }),
    by_values("reading", Nothing, ["用电量", "ydl", "consumption_kwh"], |d, _, _| {
        format!("{:.2}", d.log_normal(210.0, 0.6))
    }),
    by_values("reading_total", Nothing, ["表底示数", "bdss", "reading"], |d, _, row| {
        format!("{:.1}", 1_000.0 + row as f64 * 7.5 + f64::from(d.below(900)))
    }),
    by_values("company", Nothing, ["供应商名称", "gysmc", "supplier"], |d, _, _| {
        let a = d.one_of(&["鑫盛", "华天", "海泰", "宏达", "润恒", "瑞丰", "金龙", "诚博"]);
        let b = d.one_of(&["商贸", "科技", "机电设备", "物业管理", "建筑工程", "食品"]);
        format!("天津{a}{b}有限公司")
    }),
    by_values("product", Nothing, ["商品名称", "spmc", "product_name"], |d, _, _| {
        let a = d.one_of(&["不锈钢", "无线", "家用", "便携式", "智能"]);
        let b = d.one_of(&["保温杯", "吸尘器", "路由器", "台灯", "充电宝", "电饭煲"]);
        format!("{a}{b}")
    }),
    by_values("word_like_name", Nothing, ["品类", "pl", "category_name"], |d, _, _| {
        // words of two or three characters that begin like surnames
        let words = [
            "黄瓜",
            "白菜",
            "金属",
            "石材",
            "钢管",
            "马铃薯",
            "高压线",
            "万用表",
            "水龙头",
            "温度计",
            "江米",
            "方便面",
        ];
        d.one_of(&words).to_owned()
    }),
    by_values("colour", Nothing, ["颜色", "ys", "colour"], |d, _, _| {
        d.one_of(&["红色", "黄色", "白色", "黑色", "银灰", "蓝色", "金色"]).to_owned()
    }),
    by_values("station", Nothing, ["站点名称", "zdmc", "station"], |d, _, _| {
        let a = d.one_of(&["营口道", "天津站", "鞍山道", "小白楼", "下瓦房", "南楼", "土城", "双林", "刘园", "洪湖里"]);
        format!("{a}{}", d.one_of(&["", "站", "东", "西"]))
    }),
    by_values("category_code", Nothing, ["业务类型编码", "ywlxbm", "category"], |d, _, _| {
        format!("{:02}", 1 + d.below(12))
    }),
    by_values("industry_code", Nothing, ["行业代码", "hydm", "industry_code"], |d, _, _| {
        format!("{}{}", d.one_of(&["13", "26", "35", "38", "44", "51", "62", "65", "70", "83"]), digits(d, 2))
    }),
    by_values("six_digit_code", Nothing, ["产品编号", "cpbh", "item_code"], |d, _, _| {
        (700_000 + d.below(250_000)).to_string()
    }),
    by_values("flag", Nothing, ["是否逾期", "sfyq", "is_overdue"], |d, _, _| d.one_of(&["是", "否"]).to_owned()),
    by_values("boolean", Nothing, ["有效标志", "yxbz", "enabled"], |d, _, _| {
        d.one_of(&["true", "false"]).to_owned()
    }),
    by_values("free_text", Nothing, ["说明", "sm", "description"], |d, _, _| {
        let a = d.one_of(&["设备运行正常", "本月抄表完成", "现场环境良好", "需更换密封圈", "已按计划检修"]);
        let b = d.one_of(&["，无异常", "，待复核", "；下次检查为三个月后", "，数据已上传", ""]);
        format!("{a}{b}")
    }),
    by_values("free_text_with_numbers", Nothing, ["检修记录", "jxjl", "maintenance_log"], |d, _, _| {
        format!("更换{}号阀门，压力{}.{}MPa，共{}件", d.below(40), d.below(3), d.below(10), d.below(2000))
    }),
    by_values("temperature", Nothing, ["温度", "wendu", "temperature"], |d, _, _| {
        format!("{:.1}", -10.0 + f64::from(d.below(450)) / 10.0)
    }),
    by_values("projected", Nothing, ["坐标X", "zbx", "easting"], |d, _, _| {
        format!("{:.3}", 500_000.0 + f64::from(d.below(90_000_000)) / 1000.0)
    }),
    by_values("time_of_day", Nothing, ["班次时间", "bcsj", "shift_time"], |d, _, _| {
        format!("{:02}:{:02}", d.below(24), d.below(60))
    }),
    by_values("business_date", Nothing, ["抄表日期", "cbrq", "reading_date"], |d, _, _| {
        let day = day(d);
        written(|t| {
            t.date(day);
        })
    }),
    by_values("month", Nothing, ["账期", "zq", "billing_month"], |d, _, _| {
        let day = day(d);
        format!("{}{:02}", day.year, day.month)
    }),
    by_values("city", Nothing, ["城市", "cs", "city"], |d, _, _| {
        d.one_of(&["天津", "北京", "石家庄", "唐山", "廊坊", "济南", "沈阳"]).to_owned()
    }),
    by_values("float_small", Nothing, ["系数", "xs", "coefficient"], |d, _, _| {
        format!("{:.4}", f64::from(d.below(10_000)) / 10_000.0)
    }),
    by_values("scientific", Nothing, ["浓度", "nd", "concentration"], |d, _, _| {
        format!("{}.{}E-{}", 1 + d.below(9), digits(d, 3), 3 + d.below(6))
    }),
    by_values("path", Nothing, ["文件路径", "wjlj", "file_path"], |d, w, _| {
        format!("/data/{}/{}.csv", DISTRICTS[w.places.district(d)].code, moment(d, 8))
    }),
    by_values("url", Nothing, ["链接", "lj", "link"], |d, _, _| {
        format!("https://www.example.cn/news/{}/{}.html", 2020 + d.below(6), number(d, 5))
    }),
    by_values("count", Nothing, ["数量", "sl", "quantity"], |d, _, _| d.below(500).to_string()),
    by_values("grade", Nothing, ["信用等级", "xydj", "grade"], |d, _, _| {
        d.one_of(&["A", "B", "C", "D", "M"]).to_owned()
    }),
];

/// A day of the three years up to the end of 2025.
fn day(draw: &mut Draw) -> Date {
    Date::after(2023, draw.below(1096))
}

/// A moment in as many of `YYYYMMDDhhmmss` as asked for.
fn moment(draw: &mut Draw, length: usize) -> String {
    let day = day(draw);
    let (hour, minute, second) = (draw.below(24), draw.below(60), draw.below(60));
    let all = format!("{}{:02}{:02}{hour:02}{minute:02}{second:02}", day.year, day.month, day.day);
    all[..length].to_owned()
}
