//! `[catalog]`: what a government data catalogue says of the dataset, article 10.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 政务数据目录: the dataset's entry in a data catalogue (article 10). Needed to share and to open data.
///
/// # References
/// 天津市促进大数据发展应用条例, articles 10, 15, 16, 18 and 20 to 23; core metadata of 政务信息资源目录.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// 信息资源名称: the title in Chinese; the name of the pipeline unless it is given
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The title in English
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    /// 信息资源代码: the code under which the authority has confirmed the entry
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// 摘要: what the data are about
    #[serde(rename = "abstract")]
    pub summary: String,
    /// The abstract in English
    #[serde(default, rename = "abstract_en", skip_serializing_if = "Option::is_none")]
    pub summary_en: Option<String>,
    /// 分类: where the data belong in a classification such as GB/T 4754-2017
    pub class: Class,
    /// 更新周期: how often the data are brought up to date
    pub update: Update,
    /// 数据类别: data of government departments, or of society (article 55)
    pub data_class: DataClass,
    /// 涉密性: the grade of state secrecy; only `none` can be released (article 20)
    pub secret: Secrecy,
    /// 提供方代码: the provider's unified social credit code (GB 32100)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_code: Option<String>,
    /// 共享类型: whether other government departments get the data (article 15)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_type: Option<AccessType>,
    /// 共享条件: under which condition
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_condition: Option<String>,
    /// 共享方式: in which way
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_method: Option<String>,
    /// 开放类型: whether society gets the data (article 21)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_type: Option<AccessType>,
    /// 开放条件: under which condition
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_condition: Option<String>,
    /// 开放方式: in which way
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_method: Option<String>,
    /// 依据: the law, regulation or rule on which the data are not given to all (article 16)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// 备案号: under which number that was filed with the authority (article 16)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<String>,
    /// 使用要求: what whoever uses the data must keep to
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_requirements: Option<String>,
}

/// A class of a classification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// The classification, such as `GB/T 4754-2017`, or that of the catalogue
    pub scheme: String,
    /// 分类编号: the class's code in it
    pub code: String,
    /// 分类名称: the class's name
    pub name: String,
}

/// 更新周期: how often data are brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Update {
    Realtime,
    Daily,
    Weekly,
    Monthly,
    Quarterly,
    Yearly,
    /// Without a rule, or never.
    Irregular,
}

/// 政务数据 or 社会数据, article 55.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DataClass {
    Gov,
    Social,
}

/// 密级: the grades of the law on guarding state secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Secrecy {
    /// 非涉密
    None,
    /// 秘密
    Secret,
    /// 机密
    Confidential,
    /// 绝密
    TopSecret,
}

/// The three types of sharing (article 15) and of opening (article 21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccessType {
    /// 无条件
    Unconditional,
    /// 有条件
    Conditional,
    /// 不予
    None,
}

impl Update {
    /// The word of the catalogue.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Realtime => "实时",
            Self::Daily => "每日",
            Self::Weekly => "每周",
            Self::Monthly => "每月",
            Self::Quarterly => "每季度",
            Self::Yearly => "每年",
            Self::Irregular => "不定期",
        }
    }
}

impl DataClass {
    /// The word of article 55.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Gov => "政务数据",
            Self::Social => "社会数据",
        }
    }
}

impl Secrecy {
    /// The word of the law.
    pub fn zh(self) -> &'static str {
        match self {
            Self::None => "非涉密",
            Self::Secret => "秘密",
            Self::Confidential => "机密",
            Self::TopSecret => "绝密",
        }
    }
}

impl AccessType {
    /// The word of article 15: 无条件共享, 有条件共享, 不予共享.
    pub fn share_zh(self) -> &'static str {
        match self {
            Self::Unconditional => "无条件共享",
            Self::Conditional => "有条件共享",
            Self::None => "不予共享",
        }
    }

    /// The word of article 21: 无条件开放, 有条件开放, 不予开放.
    pub fn open_zh(self) -> &'static str {
        match self {
            Self::Unconditional => "无条件开放",
            Self::Conditional => "有条件开放",
            Self::None => "不予开放",
        }
    }
}
