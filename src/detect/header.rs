//! What the name of a column says: Chinese words, pinyin initials and English words.

use super::kind::Kind;
use super::normalize::Plain;

/// A kind with the words that name it. Chinese words may stand anywhere in a header; Latin ones are whole words of
/// it, or several of them run together (`phone_no`, `phoneNo` and `phoneno` are one). How sure a word is, of 100.
struct Entry(Kind, u8, &'static str, &'static str);

/// The dictionary. A word may stand for several kinds; the cells decide.
const ENTRIES: &[Entry] = &[
    Entry(
        Kind::ResidentId18,
        100,
        "身份证 身份证号 身份证号码 公民身份号码 公民身份证号 居民身份证 居民身份号码 身份号码 证件号 证件号码 证照号码 身份證",
        "sfz sfzh sfzhm sfzhao sfzjh gmsfhm gmsfzh zjh zjhm idcard idcardno idcardnumber idcardnum idno idnumber idnum \
         identity identityno identitycard identitynumber identityid citizenid residentid nationalid certno certid cardid \
         certificateno certnumber certificatenumber ssn shenfenzheng shenfenzhenghao",
    ),
    Entry(Kind::ResidentId15, 60, "身份证 身份证号 身份证号码 证件号 证件号码", "sfz sfzh sfzhm idcard idcardno idno"),
    Entry(Kind::ResidencePermit, 90, "居住证 居住证号 港澳台居民居住证", "jzz jzzh residencepermit residencepermitno"),
    Entry(Kind::ForeignerCard, 90, "永久居留 永居证 外国人身份证", "foreignercard prcard greencard permanentresidence"),
    Entry(
        Kind::Uscc,
        100,
        "统一社会信用代码 社会信用代码 信用代码 统一代码 纳税人识别号 税号",
        "uscc usci tyshxydm shxydm xydm creditcode socialcreditcode unifiedcode nsrsbh taxno taxid taxpayerid taxpayerno",
    ),
    Entry(
        Kind::OrganisationCode,
        95,
        "组织机构代码 机构代码 组织代码",
        "zzjgdm jgdm orgcode organisationcode organizationcode",
    ),
    Entry(
        Kind::BusinessRegistration,
        95,
        "工商注册号 注册号 营业执照号 营业执照注册号 营业执照编号 登记证号",
        "zch gszch yyzzh regno registrationno registrationnumber businesslicense businesslicence licenseno businessno",
    ),
    Entry(
        Kind::BankCard,
        100,
        "银行卡 银行卡号 银行账号 银行帐号 卡号 储蓄卡 信用卡 信用卡号 借记卡 收款账号 付款账号 结算账号 开户账号",
        "yhk yhkh yhzh kh kahao bankcard bankcardno bankcardnumber cardno cardnumber cardnum creditcard creditcardno \
         bankaccount bankaccountno bankacct pan",
    ),
    Entry(
        Kind::Mobile,
        100,
        "手机 手机号 手机号码 移动电话 联系电话 联系方式 电话 电话号码 联系手机 手提电话 物联卡 物联卡号 物联网卡 物联网卡号 物联网号码 本机号码 主叫号码 被叫号码 紧急联系电话",
        "sj sjh sjhm wlk wlkh wlwk wlwkh iot iotno iotcard iotcardno iotnumber iotmsisdn simno shouji shoujihao lxdh lxfs dh dhhm mobile mobileno mobilenumber mobilephone cell cellphone cellno \
         phone phoneno phonenumber phonenum tel telno telephone telephoneno contactno contactnumber contactphone msisdn \
         callernumber calleenumber",
    ),
    Entry(
        Kind::Landline,
        80,
        "固定电话 座机 座机号 固话 办公电话 家庭电话 住宅电话 单位电话 传真 传真号 联系电话 联系方式 电话 电话号码",
        "gddh gh zj zjhao bgdh jtdh cz landline homephone officephone workphone fax faxno tel telno telephone phone phoneno \
         lxdh dh",
    ),
    Entry(
        Kind::Plate,
        100,
        "车牌 车牌号 车牌号码 号牌号码 号牌 机动车号牌 车号",
        "cp cph cphm hphm chepai chepaihao plate plateno platenumber licenseplate licenceplate carno carnumber carplate \
         vehicleno vehiclenumber",
    ),
    Entry(Kind::Passport, 100, "护照 护照号 护照号码", "hz hzh hzhm huzhao passport passportno passportnumber"),
    Entry(
        Kind::MainlandTravelPermit,
        95,
        "回乡证 回乡证号 港澳居民来往内地通行证 来往内地通行证",
        "hxz hxzh hometravelpermit",
    ),
    Entry(Kind::HkMacauPermit, 95, "往来港澳通行证 港澳通行证 通行证号", "gatxz gatxzh hkmacaupermit"),
    Entry(
        Kind::TaiwanPermit,
        95,
        "台胞证 台胞证号 台湾居民来往大陆通行证 来往大陆通行证",
        "tbz tbzh taiwanpermit taiwanpermitno taiwancompatriotpermit mtp mtpno",
    ),
    Entry(Kind::HkId, 95, "香港身份证 香港身份证号", "hkid hkidno hkidcard"),
    Entry(Kind::TwId, 95, "台湾身份证 台湾身份证号", "twid twidno"),
    Entry(Kind::OfficerCard, 95, "军官证 军官证号 士兵证 警官证", "jgz jgzh sbz officercard officercardno militaryid"),
    Entry(
        Kind::DriverLicence,
        95,
        "驾驶证 驾驶证号 驾照 驾照号 驾驶证号码 驾驶证档案编号",
        "jsz jszh jszhm jiazhao driverlicence driverlicense driverlicenseno drivinglicence drivinglicense driverno dlno",
    ),
    Entry(
        Kind::Vin,
        100,
        "车架号 车辆识别代号 车辆识别码 车辆识别代码 大架号",
        "cjh clsbdh clsbdm vin vinno vincode frameno chassisno",
    ),
    Entry(Kind::Imei, 100, "设备识别码 手机串号 串号", "imei imeino imei1 imei2 deviceimei"),
    Entry(Kind::Imsi, 100, "用户识别码", "imsi imsino"),
    Entry(Kind::Mac, 100, "MAC地址 物理地址", "mac macaddr macaddress wifimac bluetoothmac bssid"),
    Entry(
        Kind::Ip,
        100,
        "IP地址 登录IP 客户端IP",
        "ip ipaddr ipaddress ipv4 ipv6 clientip loginip srcip dstip remoteip remoteaddr sourceip",
    ),
    Entry(
        Kind::DeviceId,
        90,
        "设备号 设备编号 设备标识 设备ID",
        "deviceid deviceno deviceuuid androidid idfa idfv oaid udid openudid sn serialno",
    ),
    Entry(
        Kind::Email,
        100,
        "邮箱 电子邮箱 邮箱地址 电子邮件 邮件地址",
        "yx dzyx youxiang email emailaddr emailaddress mail mailbox mailaddress",
    ),
    Entry(Kind::Qq, 95, "QQ QQ号 QQ号码 腾讯号", "qq qqh qqhm qqno qqnumber qqhao qqid"),
    Entry(Kind::Wechat, 95, "微信 微信号", "wx wxh weixin weixinhao wechat wechatid wechatno wxid openid unionid"),
    Entry(
        Kind::UserName,
        90,
        "用户名 登录名 登录账号 昵称 网名 用户ID 会员号 会员编号",
        "username loginname login nickname userid uid account accountname memberid memberno yhm dlm",
    ),
    Entry(
        Kind::PersonName,
        100,
        "姓名 名字 户名 户主 户主姓名 患者 患者姓名 病人姓名 联系人 法人 法定代表人 法人代表 负责人 经办人 申请人 收货人 收件人 寄件人 \
         投保人 被保险人 受益人 持卡人 开户人 车主 业主 住户 房主 司机 驾驶员 乘客 旅客 医生 医师 护士 学生姓名 教师姓名 老师 家长 员工姓名 \
         客户姓名 客户名称 会员姓名 曾用名 父亲姓名 母亲姓名 配偶姓名 监护人 紧急联系人 纳税人姓名 操作员 审核人 录入人 投诉人 当事人 原告 被告 作者",
        "xm xingming hm hz hzxm brxm lxr fr frdb fddbr fzr jbr sqr shr sjr ckr khr czxm khxm khmc ygxm xsxm name fullname \
         realname truename personname customername custname clientname patientname contactname contactperson ownername \
         holdername accountholder cardholder username legalperson legalrepresentative firstname lastname surname givenname \
         familyname middlename studentname teachername employeename staffname doctorname drivername membername",
    ),
    Entry(Kind::PersonName, 45, "名称 用户", "mc contact person owner customer patient"),
    Entry(
        Kind::OrganisationName,
        95,
        "企业名称 公司名称 单位名称 公司 企业名 机构名称 商户名称 店铺名称 工作单位 就职单位 雇主 开户行 学校 学校名称 供应商 供应商名称 纳税人名称",
        "qymc gsmc dwmc jgmc gzdw shmc company companyname enterprise enterprisename orgname organisation organization \
         organisationname organizationname employer workunit merchantname merchant supplier suppliername school corpname \
         corporation",
    ),
    Entry(
        Kind::Address,
        100,
        "地址 住址 家庭住址 家庭地址 联系地址 通讯地址 通信地址 详细地址 居住地址 现住址 户籍地址 注册地址 经营地址 收货地址 单位地址 用电地址 \
         用水地址 用户地址 安装地址 住所 居住地 户籍地",
        "dz zz jtdz jtzz lxdz txdz xxdz zcdz zs shdz dizhi zhuzhi address addr homeaddress homeaddr fulladdress street \
         streetaddress shippingaddress deliveryaddress mailingaddress residence location",
    ),
    Entry(
        Kind::AccountNumber,
        95,
        "户号 用户编号 用户号 客户号 客户编号 账号 帐号 账户 帐户 账户号 账户编号 缴费号 缴费户号 用电户号 水费户号 燃气户号 公积金账号 合同号 \
         保单号 客户代码 用户代码",
        "hh yhh rqhh ydhh yshh ranqihuhao yhbh khh khbh zh zhh zhanghao huhao accountno accountnumber accountid acctno acctid customerno customerid \
         customernumber custno custid clientid clientno consno policyno contractno subscriberid",
    ),
    Entry(
        Kind::MeterNumber,
        95,
        "表号 电表号 水表号 气表号 燃气表号 电能表号 表具号 电表编号 水表编号 表计编号 电表资产编号 表计资产编号 计量资产编号 电表",
        "bh biaohao dbh sbh qbh dbbh sbbh meter meterno meterid meternumber metercode meterserial",
    ),
    // a meter is an asset, and most assets are none
    Entry(Kind::MeterNumber, 40, "资产编号 资产号", "zcbh assetno assetid assetnumber"),
    Entry(
        Kind::MedicalRecordNumber,
        95,
        "病案号 病历号 住院号 门诊号 门急诊号 就诊号 就诊卡号 诊疗卡号 健康卡号 健康档案号 患者编号 患者ID 病人ID 病人编号 体检号 检查号 检验号 \
         登记号 病床号",
        "bah blh zyh mzh jzh jzkh jkkh hzid brid brbh hzbh medicalrecordno medicalrecordnumber medicalrecord mrn mrno \
         patientid patientno patientnumber inpatientno outpatientno hospitalno admissionno visitno visitid healthcardno",
    ),
    Entry(
        Kind::SocialSecurityNumber,
        95,
        "社保号 社保卡号 社会保障号 社会保障卡号 社会保障号码 社会保险号 医保号 医保卡号 医保编号 医保账号 医保个人编号 个人编号 社保编号 参保号",
        "sbh sbkh shbzh shbzkh ybh ybkh ybbh grbh socialsecurityno socialsecuritynumber socialsecurity ssn ssno sscard \
         medicareno medicareid insuranceno insuranceid medicalinsuranceno psnno",
    ),
    Entry(
        Kind::EmployeeNumber,
        90,
        "工号 学号 员工编号 员工号 职工号 学籍号 教工号 准考证号 警号 人员编号 考生号 毕业证号 证书编号 执业证号",
        "gh xh ygbh ygh zgh xjh zkzh ryid rybh employeeno employeeid employeenumber empno empid staffno staffid studentno \
         studentid studentnumber badgeno workno jobno",
    ),
    Entry(
        Kind::Coordinates,
        95,
        "经纬度 坐标 经度 纬度 GPS 定位 位置坐标",
        "jwd jingdu weidu lon lng lat longitude latitude lnglat lonlat latlng latlon coordinate coordinates gps geo geopoint",
    ),
    // progress, temperature and percentages have the same initials
    Entry(Kind::Coordinates, 60, "", "jd wd zb"),
    Entry(Kind::Postcode, 95, "邮编 邮政编码 邮政编号", "yb yzbm youbian postcode postalcode zip zipcode zipno"),
    Entry(
        Kind::BirthDate,
        100,
        "出生日期 生日 出生年月 出生年月日 出生时间 诞辰",
        "csrq csny csnyr sr shengri birthday birthdate birth dob dateofbirth bday birthdt",
    ),
    Entry(Kind::Age, 100, "年龄 周岁 岁数 年龄段 投保年龄", "nl nianling age ages agegroup"),
    Entry(Kind::Sex, 100, "性别", "xb xingbie sex gender"),
    Entry(Kind::Ethnicity, 100, "民族 族别 族裔", "mz minzu ethnicity ethnic ethnicgroup race nation"),
    Entry(
        Kind::Nationality,
        90,
        "国籍 籍贯 国家 国别 国家地区 原籍",
        "gj jg guoji nationality country nativecountry citizenship nativeplace",
    ),
    Entry(
        Kind::Occupation,
        95,
        "职业 职务 职位 岗位 工种 职称 行业 从事职业 身份类别",
        "zy zw zhiye zhiwu gw occupation job jobtitle profession position workclass industry",
    ),
    Entry(
        Kind::Education,
        95,
        "学历 文化程度 教育程度 学位 最高学历 受教育程度",
        "xl whcd xueli education educationlevel edu degree educational",
    ),
    Entry(
        Kind::MaritalStatus,
        95,
        "婚姻 婚姻状况 婚否 婚姻状态",
        "hy hyzk hunyin marital maritalstatus marriage married",
    ),
    Entry(Kind::Religion, 95, "宗教 宗教信仰 信仰", "zj zjxy religion religiousbelief faith"),
    Entry(
        Kind::AreaCode,
        90,
        "行政区划 行政区划代码 区划代码 地区代码 区县代码 行政区代码 地区编码 区域代码 城市代码",
        "xzqh xzqhdm qhdm dqdm xzqdm areacode regioncode districtcode adcode citycode countycode divisioncode",
    ),
    Entry(
        Kind::RegionName,
        90,
        "区 区县 地区 省 省份 市 城市 县 街道 乡镇 社区 行政区 所在区 所在地区 区域 所属区域 村 居委会 小区",
        "qx dq sf cs sq jd xz qy region district city province county town township area state community neighborhood",
    ),
    Entry(
        Kind::DateTime,
        80,
        "时间 创建时间 更新时间 登录时间 发生时间 下单时间 支付时间",
        "sj time datetime createtime updatetime createdat updatedat logintime eventtime ordertime paytime timestamp ts gmtcreate gmtmodified",
    ),
    Entry(
        Kind::Date,
        80,
        "日期 年月 入院日期 出院日期 就诊日期 成立日期 登记日期 签订日期 开户日期 账期 月份 年份 年度 起始日 到期日",
        "rq ny nf yf cbrq jyrq ryrq cyrq jzrq clrq djrq qdrq khrq qsrq jsrq jfrq date day month year startdate enddate createdate admissiondate dischargedate riqi dt period",
    ),
    Entry(
        Kind::Income,
        95,
        "收入 工资 薪资 薪酬 月收入 年收入 月薪 年薪 家庭收入",
        "sr gz srje income salary wage wages pay annualincome monthlyincome capitalgain",
    ),
    Entry(
        Kind::Amount,
        90,
        "金额 费用 价格 单价 总价 电费 水费 电量 用电量 余额 应缴 实缴 欠费 欠费金额 资本 营业收入 注册资本 成本 税额 合计",
        "je jine fy dj zj ye df dl amount amt price fee cost total balance payment charge charges money revenue capital tax sum",
    ),
    Entry(
        Kind::Diagnosis,
        95,
        "诊断 诊断编码 诊断名称 疾病 疾病编码 疾病名称 病种 手术 主诉 现病史 ICD 过敏史 既往史 传染病",
        "zdbm jb jbbm jbmc icd icd10 icdcode diagnosis diagnosiscode diag disease diseasecode surgery",
    ),
    // stations and sites have the same initials
    Entry(Kind::Diagnosis, 45, "", "zd zdmc"),
    Entry(
        Kind::FreeText,
        85,
        "备注 说明 描述 内容 摘要 留言 评论 意见 反馈 原因 详情 病程记录 投诉内容 附言 用途",
        "bz beizhu sm ms nr remark remarks note notes comment comments memo description desc content message text summary details feedback",
    ),
    Entry(
        Kind::Json,
        80,
        "扩展信息 扩展字段 附加信息",
        "json ext extra extinfo payload attributes properties metadata",
    ),
    Entry(Kind::Url, 90, "网址 链接 网站 主页", "wz url uri link href website homepage referer referrer"),
    Entry(
        Kind::OrderNumber,
        95,
        "订单号 订单编号 流水号 交易号 交易流水号 业务流水号 单号 运单号 快递单号 发票号 发票号码 凭证号 工单号 处方号 票据号 批次号 批号 资产编号 资产号 固定资产编号 发票代码",
        "ddh lsh jylsh dh ydh fph fphm pzh orderno orderid ordernumber order zcbh assetno assetid assetnumber assetcode fpdm transactionid transaction transactionnumber transno txnid tradeno serialnumber trackingno waybillno invoiceno invoicenumber batchno receiptno voucherno",
    ),
    // devices have serial numbers, and so do records
    Entry(Kind::OrderNumber, 80, "", "serialno sn"),
    Entry(Kind::Timestamp, 90, "时间戳", "timestamp ts epoch unixtime sjc cjsjc"),
    Entry(
        Kind::SequenceNumber,
        90,
        "序号 行号 编号 顺序号 索引",
        "xuhao seq seqno sequence index idx rowno rownum rowid rownumber id no num pk",
    ),
    Entry(
        Kind::ProductCode,
        95,
        "商品条码 条形码 条码 商品编码 商品编号 产品编码 产品编号 物料编码 货号 规格型号 产品型号",
        "ggxh cpxh wlbm spbm sptm cpbm cpbh barcode ean ean13 upc gtin sku skuid productcode productid productno itemcode itemno goodsid goodsno isbn",
    ),
    Entry(
        Kind::Hash,
        90,
        "散列 哈希 摘要值 校验值 指纹",
        "hash md5 sha1 sha256 sm3 digest checksum fingerprint etag token",
    ),
    Entry(Kind::Uuid, 90, "", "uuid guid"),
    Entry(
        Kind::Version,
        90,
        "版本 版本号 固件版本 软件版本 系统版本",
        "bb bbh gjbb rjbb version ver appversion osversion firmware build",
    ),
    Entry(Kind::Flag, 80, "是否", "is has flag enabled active valid deleted"),
];

/// Words that turn a header away from the kind that stands before them: 手机型号 holds no phone number.
const AWAY: [&str; 30] = [
    "类型",
    "类别",
    "型号",
    "品牌",
    "状态",
    "数量",
    "次数",
    "金额",
    "等级",
    "原因",
    "方式",
    "标志",
    "级别",
    "个数",
    "长度",
    "种类",
    "归属地",
    "运营商",
    "有效期",
    "颜色",
    "套餐",
    "费用",
    "话费",
    "时间",
    "日期",
    "户型",
    "比例",
    "得分",
    "代码表",
    "面积",
];
const AWAY_LATIN: [&str; 24] = [
    "type", "model", "brand", "status", "count", "cnt", "amount", "level", "flag", "len", "length", "color", "carrier",
    "operator", "plan", "fee", "time", "date", "score", "ratio", "lx", "zt", "class", "expiry",
];

/// Latin words before `name` whose names are not those of people.
const THINGS: [&str; 34] = [
    "product",
    "item",
    "goods",
    "file",
    "table",
    "column",
    "field",
    "dept",
    "department",
    "course",
    "project",
    "brand",
    "city",
    "province",
    "district",
    "region",
    "area",
    "street",
    "road",
    "event",
    "job",
    "task",
    "host",
    "server",
    "domain",
    "app",
    "package",
    "class",
    "method",
    "drug",
    "disease",
    "category",
    "type",
    "device",
];

/// What the header speaks for: kinds with how sure the word is, from 0 to 1, surest first.
pub(super) fn kinds(header: &str) -> Vec<(Kind, f64)> {
    let plain = Plain::folded(header);
    let outside = before_bracket(plain.text.trim());
    let words = latin_words(outside);
    let chinese: String = outside.chars().filter(|c| !c.is_whitespace() && *c != '_').collect();
    let mut found: Vec<(Kind, f64)> = Vec::new();
    for Entry(kind, sure, han, latin) in ENTRIES {
        let han_hit = han.split_whitespace().filter_map(|word| chinese_hit(&chinese, word)).fold(0.0, f64::max);
        let latin_hit = latin_hit(&words, latin, *kind);
        let hit = han_hit.max(latin_hit) * f64::from(*sure) / 100.0;
        if hit > 0.0 {
            match found.iter_mut().find(|(known, _)| known == kind) {
                Some((_, best)) => *best = best.max(hit),
                None => found.push((*kind, hit)),
            }
        }
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// `注册资本(万元)` without its unit.
fn before_bracket(header: &str) -> &str {
    let end = header.find(['(', '[', '【', '<']).filter(|&at| at > 0).unwrap_or(header.len());
    header[..end].trim()
}

/// How well a Chinese word stands in the header: all of it 1, its end 0.9, elsewhere 0.6 unless the rest leads away.
fn chinese_hit(header: &str, word: &str) -> Option<f64> {
    let lower = word.is_ascii().then(|| header.to_ascii_lowercase());
    if lower.is_some_and(|lower| lower == word.to_ascii_lowercase()) || header == word {
        return Some(1.0);
    }
    let long = word.chars().count() >= 2;
    let at = header.rfind(word).filter(|_| long && !word.is_ascii())?;
    let rest = &header[at + word.len()..];
    let plain_rest = rest.chars().all(|c| c.is_ascii_digit() || "号码编一二三".contains(c));
    if plain_rest {
        return Some(0.9 + 0.005 * word.chars().count() as f64);
    }
    (!AWAY.iter().any(|away| rest.ends_with(away))).then_some(0.55)
}

fn latin_hit(words: &[String], latin: &str, kind: Kind) -> f64 {
    let mut best: f64 = 0.0;
    for first in 0..words.len() {
        let mut joined = String::new();
        for (last, word) in words.iter().enumerate().skip(first).take(4) {
            joined.push_str(word);
            if !latin.split_whitespace().any(|known| known == joined) {
                continue;
            }
            let rest = &words[last + 1..];
            if rest.iter().any(|word| AWAY_LATIN.contains(&word.as_str())) {
                continue;
            }
            let thing = first > 0 && THINGS.contains(&words[first - 1].as_str());
            if kind == Kind::PersonName && thing {
                continue;
            }
            let bare = first == 0 && last + 1 == words.len();
            let ends = last + 1 == words.len() || rest.iter().all(|w| w.bytes().all(|b| b.is_ascii_digit()));
            // words that are one letter pair in pinyin mean little inside a longer header
            let weight = match (joined.len(), bare, ends) {
                (_, true, _) => 1.0,
                (..=2, _, _) => 0.5,
                (_, _, true) => 0.9,
                _ => 0.6,
            };
            // `name` and `id` alone may be anybody's or anything's
            let vague = if joined == "name" || joined == "phone" && kind == Kind::Landline { 0.75 } else { 1.0 };
            best = best.max(weight * vague);
        }
    }
    best
}

/// The Latin words of a header, in lower case: split at punctuation, blanks, digits' ends and capitals.
fn latin_words(header: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let characters: Vec<char> = header.chars().collect();
    for (at, &c) in characters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| characters[at]);
        let after = characters.get(at + 1);
        let new_word = c.is_ascii_uppercase()
            && before.is_some_and(|b| {
                b.is_ascii_lowercase() || b.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase)
            });
        if !c.is_ascii_alphanumeric() || new_word {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(header: &str) -> Option<Kind> {
        kinds(header).first().map(|(kind, _)| *kind)
    }

    #[test]
    fn headers_speak_for_kinds() {
        for (header, kind) in [
            ("身份证号", Kind::ResidentId18),
            ("ID_CARD_NO", Kind::ResidentId18),
            ("idCardNo", Kind::ResidentId18),
            ("SFZH", Kind::ResidentId18),
            ("客户手机号码", Kind::Mobile),
            ("user_mobile", Kind::Mobile),
            ("yhh", Kind::AccountNumber),
            ("户号", Kind::AccountNumber),
            ("表号", Kind::MeterNumber),
            ("meter_no", Kind::MeterNumber),
            ("病案号", Kind::MedicalRecordNumber),
            ("医保卡号", Kind::SocialSecurityNumber),
            ("车牌号", Kind::Plate),
            ("姓名", Kind::PersonName),
            ("户名", Kind::PersonName),
            ("法定代表人", Kind::PersonName),
            ("企业名称", Kind::OrganisationName),
            ("注册地址", Kind::Address),
            ("出生日期", Kind::BirthDate),
            ("区", Kind::RegionName),
            ("注册资本(万元)", Kind::Amount),
            ("统一社会信用代码", Kind::Uscc),
            ("订单编号", Kind::OrderNumber),
            ("IP地址", Kind::Ip),
            ("ＱＱ号", Kind::Qq),
            ("BirthDate", Kind::BirthDate),
        ] {
            assert_eq!(best(header), Some(kind), "{header}: {:?}", kinds(header));
        }
        for (header, kind) in [
            ("手机型号", Kind::Mobile),
            ("phone_model", Kind::Mobile),
            ("身份证有效期", Kind::ResidentId18),
            ("product_name", Kind::PersonName),
            ("证件类型", Kind::ResidentId18),
            ("identity_type", Kind::ResidentId18),
            ("小区面积", Kind::RegionName),
        ] {
            assert!(kinds(header).iter().all(|(known, _)| *known != kind), "{header}: {:?}", kinds(header));
        }
    }
}
