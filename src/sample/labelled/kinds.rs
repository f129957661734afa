//! What labelled columns are called.

use super::Spec;
use crate::detect::Kind;

impl Spec {
    /// What a column may rightly be called, best first; nothing for what no detector is asked to name.
    pub fn kinds(&self) -> &'static [Kind] {
        match self.name {
            "resident_id" | "resident_id_as_float" | "resident_id_written" | "two_resident_ids" => {
                &[Kind::ResidentId18]
            }
            "resident_id_15" => &[Kind::ResidentId15, Kind::ResidentId18],
            "residence_permit" => &[Kind::ResidencePermit, Kind::ResidentId18],
            "foreigner_card" | "foreigner_card_old" => &[Kind::ForeignerCard],
            "credit_code" => &[Kind::Uscc],
            "organisation_code" => &[Kind::OrganisationCode],
            "registration_number" => &[Kind::BusinessRegistration],
            "bank_card" | "bank_card_as_float" | "bank_card_written" => &[Kind::BankCard],
            "mobile" | "mobile_iot" | "mobile_as_float" | "two_mobiles" => &[Kind::Mobile],
            "landline" => &[Kind::Landline],
            "phone_of_some_kind" => &[Kind::Mobile, Kind::Landline],
            "plate" | "plate_new_energy" | "plate_special" => &[Kind::Plate],
            "passport" => &[Kind::Passport],
            "pass_hong_kong_resident" => &[Kind::MainlandTravelPermit],
            "pass_taiwan_resident" => &[Kind::TaiwanPermit],
            "pass_to_hong_kong" => &[Kind::HkMacauPermit],
            "hong_kong_id" => &[Kind::HkId],
            "taiwan_id" => &[Kind::TwId],
            "military" => &[Kind::OfficerCard],
            "vin" => &[Kind::Vin],
            "imei" => &[Kind::Imei],
            "imsi" => &[Kind::Imsi],
            "mac" => &[Kind::Mac],
            "ip" => &[Kind::Ip],
            "email" => &[Kind::Email],
            "qq" => &[Kind::Qq],
            "wechat" => &[Kind::Wechat],
            "name" => &[Kind::PersonName],
            "address" => &[Kind::Address],
            "coordinates" | "longitude" | "latitude" => &[Kind::Coordinates],
            "account" => &[Kind::AccountNumber],
            "meter" => &[Kind::MeterNumber],
            "medical_record" | "zeros_lost" => &[Kind::MedicalRecordNumber],
            "social_card" => &[Kind::SocialSecurityNumber],
            "staff_number" => &[Kind::EmployeeNumber],
            "masked_resident_id" | "masked_mobile" | "masked_bank_card" | "masked_name" => &[Kind::MaskedId],
            "birth_date" => &[Kind::BirthDate, Kind::Date],
            "age" => &[Kind::Age],
            "sex" => &[Kind::Sex],
            "ethnicity" => &[Kind::Ethnicity],
            "region_code" => &[Kind::AreaCode],
            "region_name" | "city" => &[Kind::RegionName],
            "postcode" | "postcode_zeros_lost" => &[Kind::Postcode],
            "diagnosis_code" => &[Kind::Diagnosis],
            "company" => &[Kind::OrganisationName],
            "order_number_18" | "order_number_11" => &[Kind::OrderNumber],
            "timestamp_14" | "timestamp_17" | "epoch" | "epoch_milliseconds" => &[Kind::Timestamp, Kind::DateTime],
            "timestamp_text" => &[Kind::DateTime, Kind::Timestamp],
            "business_date" | "date_as_serial" => &[Kind::Date],
            "ean_13" => &[Kind::ProductCode],
            "md5" | "sha256" => &[Kind::Hash],
            "uuid" => &[Kind::Uuid],
            "version" | "version_of_four" => &[Kind::Version],
            "sequence" => &[Kind::SequenceNumber],
            "flag" | "boolean" => &[Kind::Flag],
            "name_and_mobile" => &[Kind::FreeText, Kind::Mobile, Kind::PersonName],
            "json_with_ids" => &[Kind::Json],
            "url_with_ids" | "url" => &[Kind::Url],
            "text_with_mobiles" | "text_with_resident_ids" | "text_with_addresses" => &[Kind::FreeText],
            "tracking_15" | "serial_16" | "serial_19" | "invoice_number" | "invoice_code" => {
                &[Kind::OrderNumber, Kind::Number]
            }
            "product_code" | "product_code_9" => &[Kind::ProductCode, Kind::OrderNumber, Kind::Category],
            "amount" | "amount_large" | "reading" | "reading_total" => &[Kind::Amount, Kind::Number],
            "six_digit_code" => &[Kind::ProductCode, Kind::Number],
            "percentage" | "temperature" | "projected" | "float_small" | "scientific" | "count" => {
                &[Kind::Number, Kind::Amount]
            }
            "product" | "word_like_name" | "colour" | "station" | "category_code" | "industry_code" | "grade" => {
                &[Kind::Category, Kind::Number]
            }
            "free_text" | "free_text_with_numbers" => &[Kind::FreeText, Kind::Category],
            "month" => &[Kind::Date],
            "path" => &[Kind::Url, Kind::FreeText, Kind::OrderNumber],
            _ => &[],
        }
    }
}
