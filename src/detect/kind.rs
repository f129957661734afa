//! What a column or a piece of text can be.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::written::{Reader, Writer, Written, broken};

/// What a kind does to the people in the data, before any treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Names one subject by itself (GB/T 42460-2023 annex A).
    Identifier,
    /// Names a subject together with other columns (annex B).
    Quasi,
    /// Worth protecting whoever it belongs to: money, health, free text.
    Sensitive,
    /// Says nothing of people by itself: sequence numbers, product codes, versions.
    Other,
}

/// Declares the kinds: variant, sort, English, Chinese.
macro_rules! kinds {
    ($($variant:ident, $sort:ident, $english:literal, $chinese:literal;)*) => {
        /// What a cell holds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum Kind {
            $(#[doc = $english] #[serde(rename = $english)] $variant,)*
        }

        impl Kind {
            /// All kinds, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// What the kind does to people; a column of it may still be something else in its context.
            pub fn sort(self) -> Sort {
                match self {
                    $(Self::$variant => Sort::$sort,)*
                }
            }

            /// The word of pipeline files, certificates and JSON.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $english,)*
                }
            }

            pub fn chinese(self) -> &'static str {
                match self {
                    $(Self::$variant => $chinese,)*
                }
            }
        }
    };
}

kinds! {
    ResidentId18, Identifier, "resident_id_18", "居民身份证号";
    ResidentId15, Identifier, "resident_id_15", "十五位身份证号";
    ResidencePermit, Identifier, "residence_permit", "港澳台居民居住证号";
    ForeignerCard, Identifier, "foreigner_card", "外国人永久居留身份证号";
    Uscc, Identifier, "uscc", "统一社会信用代码";
    OrganisationCode, Identifier, "organisation_code", "组织机构代码";
    BusinessRegistration, Identifier, "business_registration", "工商注册号";
    BankCard, Identifier, "bank_card", "银行卡号";
    Mobile, Identifier, "mobile", "手机号";
    Landline, Identifier, "landline", "固定电话";
    Plate, Identifier, "plate", "车牌号";
    Passport, Identifier, "passport", "护照号";
    MainlandTravelPermit, Identifier, "mainland_travel_permit", "港澳居民来往内地通行证号";
    HkMacauPermit, Identifier, "hk_macau_permit", "往来港澳通行证号";
    TaiwanPermit, Identifier, "taiwan_permit", "台湾居民来往大陆通行证号";
    HkId, Identifier, "hk_id", "香港身份证号";
    TwId, Identifier, "tw_id", "台湾身份证号";
    OfficerCard, Identifier, "officer_card", "军官证号";
    DriverLicence, Identifier, "driver_licence", "驾驶证号";
    Vin, Identifier, "vin", "车辆识别代号";
    Imei, Identifier, "imei", "设备识别码";
    Imsi, Identifier, "imsi", "用户识别码";
    Mac, Identifier, "mac", "MAC 地址";
    Ip, Identifier, "ip", "IP 地址";
    DeviceId, Identifier, "device_id", "设备编号";
    Email, Identifier, "email", "电子邮箱";
    Qq, Identifier, "qq", "QQ 号";
    Wechat, Identifier, "wechat", "微信号";
    UserName, Identifier, "user_name", "用户名";
    PersonName, Identifier, "person_name", "姓名";
    OrganisationName, Identifier, "organisation_name", "单位名称";
    Address, Identifier, "address", "详细地址";
    AccountNumber, Identifier, "account_number", "户号或账号";
    MeterNumber, Identifier, "meter_number", "表号";
    MedicalRecordNumber, Identifier, "medical_record_number", "病案号";
    SocialSecurityNumber, Identifier, "social_security_number", "社会保障号";
    EmployeeNumber, Identifier, "employee_number", "工号或学号";
    MaskedId, Quasi, "masked_id", "打码的标识";
    Coordinates, Quasi, "coordinates", "经纬度";
    Postcode, Quasi, "postcode", "邮政编码";
    BirthDate, Quasi, "birth_date", "出生日期";
    Age, Quasi, "age", "年龄";
    Sex, Quasi, "sex", "性别";
    Ethnicity, Quasi, "ethnicity", "民族";
    Nationality, Quasi, "nationality", "国籍";
    Occupation, Quasi, "occupation", "职业";
    Education, Quasi, "education", "学历";
    MaritalStatus, Quasi, "marital_status", "婚姻状况";
    Religion, Sensitive, "religion", "宗教信仰";
    AreaCode, Quasi, "area_code", "行政区划代码";
    RegionName, Quasi, "region_name", "地区";
    Date, Quasi, "date", "日期";
    DateTime, Quasi, "date_time", "日期时间";
    Income, Sensitive, "income", "收入";
    Amount, Sensitive, "amount", "金额";
    Diagnosis, Sensitive, "diagnosis", "诊断";
    FreeText, Sensitive, "free_text", "自由文本";
    Json, Sensitive, "json", "JSON";
    Url, Sensitive, "url", "网址";
    OrderNumber, Other, "order_number", "订单号或流水号";
    SequenceNumber, Other, "sequence_number", "序号";
    Timestamp, Other, "timestamp", "时间戳";
    ProductCode, Other, "product_code", "商品条码";
    Hash, Other, "hash", "散列值";
    Uuid, Other, "uuid", "UUID";
    Version, Other, "version", "版本号";
    Number, Other, "number", "数值";
    Flag, Other, "flag", "是否";
    Category, Other, "category", "类别";
}

impl Kind {
    /// How many kinds there are.
    pub const COUNT: usize = Self::ALL.len();
}

/// In plain English: `resident id 18`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.word().split('_').enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(part)?;
        }
        Ok(())
    }
}

/// By its word.
impl Written for Kind {
    fn write(&self, to: &mut Writer) {
        self.word().to_owned().write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let word: String = from.value()?;
        let known = Self::ALL.iter().find(|kind| kind.word() == word);
        known.copied().ok_or_else(|| broken("an unknown kind of identifier"))
    }
}

/// A set of kinds.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds(u128);

impl Kinds {
    pub fn insert(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u32;
    }

    pub fn contains(self, kind: Kind) -> bool {
        self.0 >> kind as u32 & 1 == 1
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let next = *Kind::ALL.get(rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(next)
        })
    }
}

impl fmt::Debug for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

const _: () = assert!(Kind::COUNT <= 128, "`Kinds` has 128 bits");
