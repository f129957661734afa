//! Households that a utility supplies: what stays the same over all bills of one.

use super::draw::{Draw, Weighted, key};
use super::permutation::Permutation;
use super::person::{Names, Resident, Residents, mobile, mobile_count, present_code};
use super::text::Text;
use super::tianjin::{DISTRICTS, Places, add_home};

pub struct Household {
    /// Who holds the contract.
    pub resident: Resident,
    pub phone: Option<u64>,
    /// An index into [`DISTRICTS`].
    pub place: usize,
    pub people: i64,
    /// Of the home, in hundredths of a square metre.
    pub area: i64,
}

/// Makes households by number: each has a random stream of its own.
pub struct Households {
    stream: [u8; 32],
    people: Permutation,
    phones: Permutation,
    residents: Residents,
    pub names: Names,
    pub places: Places,
    sizes: [Weighted; 2],
}

impl Households {
    pub fn new(seed: u64, name: &str) -> Self {
        let mixed = |purpose, size| Permutation::new(key(seed, name, purpose), size);
        let residents = Residents::holders();
        Self {
            stream: key(seed, name, "households"),
            people: mixed("resident", residents.len()),
            phones: mixed("phone", mobile_count()),
            residents,
            names: Names::new(),
            places: Places::new(),
            sizes: [
                Weighted::new(&[180, 270, 310, 140, 70, 20, 7, 2, 1]),
                Weighted::new(&[300, 490, 100, 50, 40, 14, 4, 1, 1]),
            ],
        }
    }

    /// Household `number`, and the stream of its further draws, the same for each of its records.
    pub fn at(&self, number: u64) -> (Household, Draw) {
        let mut draw = Draw::new(self.stream, number);
        let resident = self.residents.at(self.people.at(number));
        let phone = (!draw.chance(15)).then(|| mobile(self.phones.at(number)));
        let home = DISTRICTS.iter().position(|d| d.code == present_code(resident.origin));
        // half of the people live where their ids were given out
        let place = match home {
            Some(home) if draw.chance(500) => home,
            _ => self.places.district(&mut draw),
        };
        let people = 1 + self.sizes[usize::from(resident.birth.year < 1963)].draw(&mut draw) as i64;
        let area = (draw.log_normal(44.0 + 13.0 * people as f64, 0.3).clamp(14.0, 420.0) * 100.0) as i64;
        (Household { resident, phone, place, people, area }, draw)
    }

    /// Adds the holder's name and ends the cell; some were typed in with blanks around them.
    pub fn add_holder(&self, draw: &mut Draw, household: &Household, cell: &mut Text) {
        add_name(&self.names, draw, household.resident.male, cell);
    }

    /// Adds the address and ends the cell; a few have a blank at the end.
    pub fn add_address(&self, draw: &mut Draw, household: &Household, cell: &mut Text) {
        add_home(draw, household.place, cell);
        cell.add(if draw.chance(6) { " " } else { "" }).end();
    }
}

/// Adds a name and ends the cell; one in fifty has a blank before or behind it.
pub fn add_name(names: &Names, draw: &mut Draw, male: bool, cell: &mut Text) {
    let blank = draw.below(100);
    cell.add(if blank == 0 { " " } else { "" });
    names.add(draw, male, cell);
    cell.add(if blank == 1 { " " } else { "" }).end();
}

/// Adds a resident id and ends the cell; of `missing` in a thousand there is none.
pub fn add_id(draw: &mut Draw, resident: &Resident, missing: u32, cell: &mut Text) {
    match draw.chance(missing) {
        true => cell.null(),
        false => {
            resident.add_id(cell);
            cell.end();
        }
    }
}

/// Adds a mobile number, if there is one, and ends the cell.
pub fn add_phone(phone: Option<u64>, cell: &mut Text) {
    match phone {
        Some(number) => cell.digits(number, 11).end(),
        None => cell.null(),
    }
}

/// Adds a remark and ends the cell: mostly none; now and then it names somebody, with a phone number.
///
/// `told` in a thousand name a person, `usual` in a thousand are one of the remarks.
pub fn add_remark(names: &Names, draw: &mut Draw, told: u32, usual: u32, remarks: &[&str], cell: &mut Text) {
    let dice = draw.below(1000);
    if dice < told {
        cell.add(draw.one_of(&["联系人", "家属", "租户", "请联系"]));
        let male = draw.chance(500);
        names.add(draw, male, cell);
        if draw.chance(600) {
            cell.add("，电话").digits(mobile(u64::from(draw.below(u32::MAX)) % mobile_count()), 11);
        }
        cell.end();
    } else if dice < told + usual {
        cell.cell(draw.one_of(remarks));
    } else {
        cell.null();
    }
}
