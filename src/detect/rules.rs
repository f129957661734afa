//! How far each kind is believed, by its form alone and by the name of its column.

use super::kind::Kind;

/// What speaks for a kind, and how strongly.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Confidence when all cells have the form and nothing else is known.
    pub alone: f64,
    /// Confidence when the name of the column says so and the cells agree.
    pub named: f64,
    /// Of random numbers of this form, the share whose check digit is right; 0 without check digit.
    pub chance: f64,
    /// What is left of `alone` when check digits are right no more often than by chance.
    pub floor: f64,
    /// Whether cells of any form go with the name.
    pub free: bool,
}

/// The rule of a kind.
pub(super) fn rule(kind: Kind) -> Rule {
    use Kind::*;
    let form = |alone, named| Rule { alone, named, chance: 0.0, floor: 1.0, free: false };
    let check = |alone, named, chance, floor| Rule { alone, named, chance, floor, free: false };
    let free = |named| Rule { alone: 0.0, named, chance: 0.0, floor: 1.0, free: true };
    match kind {
        // place, century and day must fit: random numbers have the form once in two thousand times
        ResidentId18 => check(0.97, 0.99, 0.09, 0.85),
        ResidencePermit | ForeignerCard => check(0.95, 0.98, 0.09, 0.6),
        ResidentId15 => form(0.88, 0.97),
        Uscc => check(0.96, 0.99, 0.03, 0.45),
        OrganisationCode => check(0.88, 0.97, 0.09, 0.0),
        BusinessRegistration => check(0.85, 0.96, 0.1, 0.1),
        BankCard => check(0.92, 0.98, 0.1, 0.15),
        Mobile => form(0.93, 0.99),
        Landline => form(0.86, 0.97),
        Plate => form(0.97, 0.99),
        // passports share the letter H with permits, which are more frequent
        Passport => form(0.66, 0.97),
        MainlandTravelPermit | HkMacauPermit => form(0.68, 0.97),
        TaiwanPermit => form(0.0, 0.93),
        HkId => check(0.92, 0.97, 0.09, 0.05),
        TwId => check(0.92, 0.97, 0.1, 0.1),
        OfficerCard => form(0.96, 0.98),
        DriverLicence => form(0.0, 0.95),
        Vin => check(0.95, 0.99, 0.09, 0.3),
        Imei => check(0.88, 0.97, 0.1, 0.05),
        Imsi => form(0.9, 0.97),
        Mac => form(0.97, 0.98),
        Ip => form(0.95, 0.98),
        DeviceId => form(0.0, 0.9),
        Email => form(0.98, 0.99),
        Qq => form(0.0, 0.95),
        Wechat => form(0.0, 0.92),
        UserName => form(0.0, 0.85),
        PersonName => form(0.9, 0.97),
        OrganisationName => form(0.88, 0.97),
        Address => form(0.94, 0.98),
        AccountNumber | MeterNumber | MedicalRecordNumber | SocialSecurityNumber => form(0.0, 0.95),
        EmployeeNumber => form(0.0, 0.9),
        MaskedId => form(0.93, 0.93),
        Coordinates => form(0.93, 0.97),
        Postcode => form(0.25, 0.95),
        BirthDate => form(0.0, 0.97),
        Age => form(0.1, 0.96),
        Sex => form(0.93, 0.98),
        Ethnicity => form(0.96, 0.98),
        Nationality => form(0.75, 0.9),
        Occupation | Diagnosis | Religion => Rule { alone: 0.85, ..free(0.9) },
        Education => form(0.93, 0.97),
        MaritalStatus => form(0.93, 0.97),
        AreaCode => form(0.72, 0.96),
        RegionName => form(0.8, 0.95),
        Date => form(0.9, 0.96),
        DateTime => form(0.95, 0.97),
        Income | Amount => form(0.8, 0.92),
        FreeText => free(0.85),
        Json => form(0.9, 0.92),
        Url => form(0.95, 0.96),
        OrderNumber => form(0.6, 0.95),
        SequenceNumber => form(0.0, 0.7),
        Timestamp => form(0.85, 0.95),
        ProductCode => form(0.9, 0.95),
        Hash => form(0.93, 0.94),
        Uuid => form(0.96, 0.97),
        Version => form(0.85, 0.95),
        Number => form(0.55, 0.55),
        Flag => form(0.85, 0.92),
        Category => form(0.0, 0.0),
    }
}
