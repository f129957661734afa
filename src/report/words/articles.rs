//! The articles of 天津市促进大数据发展应用条例 that a release answers, and where the report answers them.

use super::{Words, words};

/// One article: what it asks, and how the report answers.
pub struct Article {
    pub number: Words,
    pub asks: Words,
    pub answer: Words,
    /// Sections of the report, by their number.
    pub sections: &'static [u32],
}

/// In their order.
pub const ARTICLES: [Article; 9] = [
    Article {
        number: words("第七条", "Article 7"),
        asks: words(
            "采集和利用数据合法、正当、必要",
            "data are collected and used lawfully, legitimately and only as far as necessary",
        ),
        answer: words(
            "来源依据与使用目的由提供方声明；未声明的列一律不发布",
            "the provider declares the basis of the source and the use; columns that are not declared are not released",
        ),
        sections: &[1, 4],
    },
    Article {
        number: words("第十条", "Article 10"),
        asks: words(
            "目录管理：格式、属性、共享和开放类型、使用要求",
            "catalogue: format, properties, type of sharing and opening, terms of use",
        ),
        answer: words(
            "用途、场景、接收方与各列属性；目录条目见随附的 catalog.json",
            "purpose, context, recipient and the properties of the columns; the catalogue entry is catalog.json beside this report",
        ),
        sections: &[1, 4],
    },
    Article {
        number: words("第十二条", "Article 12"),
        asks: words("数据真实、准确、完整", "data are true, accurate and complete"),
        answer: words(
            "流水线要求的源数据质量（GB/T 36344）；逐列说明改动、信息损失与被抑制的记录",
            "the quality of the source by GB/T 36344, as far as the pipeline asks for it; what was changed in each column, what that loses, and how many records are withheld",
        ),
        sections: &[2, 4],
    },
    Article {
        number: words("第十八条", "Article 18"),
        asks: words(
            "经共享取得的数据用于履行职责，不得提供给第三方或用于其他目的",
            "data obtained by sharing serve the recipient's duty, go to no third party and to no other purpose",
        ),
        answer: words("接收方与使用目的写入已签名的证书", "the recipient and the use stand in the signed certificate"),
        sections: &[1, 7],
    },
    Article {
        number: words("第二十一、二十二条", "Articles 21 and 22"),
        asks: words(
            "开放类型；以可机读标准格式开放",
            "type of opening; open data in a machine-readable standard format",
        ),
        answer: words("发布场景；Parquet 文件与 report.json", "context of the release; Parquet files and report.json"),
        sections: &[1, 7],
    },
    Article {
        number: words("第二十九条（前半）", "Article 29, first half"),
        asks: words(
            "经处理无法识别特定数据提供者",
            "after processing the data cannot identify a specific data provider",
        ),
        answer: words(
            "k 及其他模型、重标识风险、去标识化分级；针对已写出文件的攻击；等价类大小",
            "k and further models, risk of re-identification, level of de-identification; attacks on the written files; class sizes",
        ),
        sections: &[2, 3, 5],
    },
    Article {
        number: words("第二十九条（后半）", "Article 29, second half"),
        asks: words("且不能复原", "and cannot be restored"),
        answer: words(
            "与源列一一对应或可推出原值的列、行序、令牌与元数据的检查；令牌密钥的去向",
            "columns one-to-one with the source or that undo a generalization, row order, tokens and metadata; what became of token keys",
        ),
        sections: &[2, 3, 4],
    },
    Article {
        number: words("第四十五条", "Article 45"),
        asks: words("通过数据交易等方式依法流通", "lawful circulation, by trade among other ways"),
        answer: words(
            "声明的用途与接收方；买方可独立核验证书",
            "the declared purpose and recipient; a buyer can check the certificate alone",
        ),
        sections: &[1, 7],
    },
    Article {
        number: words("第四十九、五十条", "Articles 49 and 50"),
        asks: words(
            "明确责任主体；风险评估；防止泄露和篡改",
            "a responsible subject; risk assessment; protection from leaks and tampering",
        ),
        answer: words(
            "本报告即风险评估记录；签名与台账可发现篡改；结论由最高管理者批准",
            "this report is the record of the assessment; signature and ledger show tampering; top management approves the conclusion",
        ),
        sections: &[3, 7, 8],
    },
];
