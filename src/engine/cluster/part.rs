//! The files of a release, written where their rows have come together, and what the driver is told of them.

use super::super::local::Applied;
use super::super::row_sample::RowSample;
use super::super::rowhash::OrderSample;
use super::super::sheet::ApplySheet;
use super::brief::{Job, Scatter};
use super::driver::random;
use super::landing::Landing;
use super::rows::{Reader, Writer};
use super::seal::Sealer;
use super::treat::{ACCOUNTS, order, shown};
use crate::error::{Error, Result};
use crate::release::digest::{Digests, leaves, tree};
use crate::release::shuffle::{permuted, unpacked};
use crate::release::write::{GROUPS, Labelling};
use crate::secret::Secret;
use crate::source::Piece;

/// Opens what came to a part and writes its file; accounts are handed on. Gives what the driver is told, sealed.
///
/// # Errors
/// What no executor of this job sends; those of the file system; the job is over.
pub fn write(job: &Job, part: u64, sealed: &[&[u8]], sheet: &ApplySheet, landing: &Landing) -> Result<Vec<u8>> {
    let mut told = Writer::default();
    told.number(part);
    if part == ACCOUNTS {
        told.number(sealed.len() as u64);
        for account in sealed {
            told.bytes(&job.sealer.open(account)?);
        }
        return job.sealer.seal(&told.0);
    }
    let plan = sheet.plan();
    let coded = plan.coded_schema()?;
    let labelling = Labelling::new(&coded, &plan.labels());
    let first = usize::try_from(part).ok().and_then(|part| part.checked_mul(GROUPS)).ok_or_else(unclear)?;
    let mut buckets: Vec<Vec<(u64, u64, Vec<u8>)>> = vec![Vec::new(); GROUPS];
    for rows in sealed {
        job.goes_on()?;
        let text = job.sealer.open(rows)?;
        let mut reader = Reader(&text);
        let (bucket, piece, count) = (reader.number()?, reader.number()?, reader.number()?);
        let place = usize::try_from(bucket).ok().and_then(|bucket| bucket.checked_sub(first));
        let bucket = place.and_then(|place| buckets.get_mut(place)).ok_or_else(unclear)?;
        bucket.push((piece, count, reader.bytes()?.to_vec()));
        reader.end()?;
    }
    let name = name(part)?;
    let mut digests = Vec::new();
    let mut rows = 0;
    // pieces came in any order: sorted, so that a task that is tried again writes the same
    let groups = buckets.iter_mut().enumerate().map(|(place, pieces)| {
        job.goes_on()?;
        pieces.sort_unstable_by_key(|&(piece, ..)| piece);
        let batches = pieces.iter().map(|(.., bytes)| unpacked(bytes)).collect::<Result<Vec<_>>>()?.concat();
        let group = permuted(&coded, &batches, job.seed(), first + place)?;
        if pieces.iter().map(|(_, count, _)| count).sum::<u64>() != group.num_rows() as u64 {
            return Err(unclear());
        }
        rows += group.num_rows() as u64;
        let columns = labelling.group(&group)?;
        if group.num_rows() > 0 {
            digests.push(leaves(&labelling.schema, &columns)?);
        }
        Ok(columns)
    });
    landing.write(&name, &job.sealer, &labelling.schema, groups)?;
    let digest = tree(&labelling.schema, &digests)?;
    told.bytes(name.as_bytes());
    told.number(rows);
    told.bytes(&digest.sha256);
    told.bytes(&digest.sm3);
    let counts = buckets.iter().flatten();
    told.number(counts.clone().count() as u64);
    for (piece, count, _) in counts {
        told.number(*piece);
        told.number(*count);
    }
    job.sealer.seal(&told.0)
}

/// A name that no other task uses: of tasks that are tried again, the driver takes the one whose name it is told.
fn name(part: u64) -> Result<String> {
    let mut salt = [0; 8];
    random(&mut salt)?;
    Ok(format!("part-{part:05}-{}.parquet", hex::encode(salt)))
}

/// A written file.
pub struct File {
    pub part: u64,
    /// What it is called until the driver puts it in its place.
    pub name: String,
    pub rows: u64,
    /// Over its values, computed before they were written.
    pub digest: Digests,
}

/// Everything that the executors wrote, as the driver takes it in and holds it against the pieces of the source.
pub struct Written<'a> {
    sealer: &'a Sealer,
    pieces: &'a [Piece],
    scatter: &'a Scatter,
    files: Vec<File>,
    /// Rows that were kept of each piece, and rows of it that came to files.
    kept: Vec<Option<u64>>,
    came: Vec<u64>,
    order: OrderSample,
    shown: RowSample,
}

impl<'a> Written<'a> {
    pub fn new(sealer: &'a Sealer, seed: &Secret<[u8; 32]>, pieces: &'a [Piece], scatter: &'a Scatter) -> Self {
        Self {
            sealer,
            pieces,
            scatter,
            files: Vec::new(),
            kept: vec![None; pieces.len()],
            came: vec![0; pieces.len()],
            order: order(scatter),
            shown: shown(seed, scatter),
        }
    }

    /// Takes what one part told.
    ///
    /// # Errors
    /// What no executor of this job sends; a piece that comes twice.
    pub fn row(&mut self, sealed: &[u8]) -> Result<()> {
        let text = self.sealer.open(sealed)?;
        let mut reader = Reader(&text);
        let part = reader.number()?;
        if part == ACCOUNTS {
            for _ in 0..reader.number()? {
                self.account(reader.bytes()?)?;
            }
            return reader.end();
        }
        let name = String::from_utf8(reader.bytes()?.to_vec()).map_err(|_| unclear())?;
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
        let rows = reader.number()?;
        let sha256 = reader.bytes()?.try_into().map_err(|_| unclear())?;
        let sm3 = reader.bytes()?.try_into().map_err(|_| unclear())?;
        for _ in 0..reader.number()? {
            let (piece, count) = (self.place(reader.number()?)?, reader.number()?);
            self.came[piece] += count;
        }
        reader.end()?;
        if !plain {
            return Err(unclear());
        }
        self.files.push(File { part, name, rows, digest: Digests { sha256, sm3 } });
        Ok(())
    }

    fn place(&self, piece: u64) -> Result<usize> {
        usize::try_from(piece).ok().filter(|&piece| piece < self.pieces.len()).ok_or_else(unclear)
    }

    fn account(&mut self, text: &[u8]) -> Result<()> {
        let mut reader = Reader(text);
        let (piece, rows, kept) = (self.place(reader.number()?)?, reader.number()?, reader.number()?);
        if rows != self.pieces[piece].rows || self.kept[piece].replace(kept).is_some() {
            return Err(unreconciled());
        }
        self.order.add_bytes(reader.bytes()?)?;
        self.shown.add_bytes(reader.bytes()?)?;
        reader.end()
    }

    /// Whether each piece was treated once, all rows that were kept of it came to files, and these are as many as were
    /// planned; puts the files in the order of their parts.
    fn agrees(&mut self) -> Result<()> {
        let arrived = self.kept.iter().zip(&self.came).all(|(kept, came)| kept == &Some(*came));
        let rows: u64 = self.files.iter().map(|file| file.rows).sum();
        self.files.sort_unstable_by_key(|file| file.part);
        let once = self.files.windows(2).all(|pair| pair[0].part != pair[1].part);
        match arrived && once && rows == self.scatter.kept && self.came.iter().sum::<u64>() == rows {
            true => Ok(()),
            false => Err(unreconciled()),
        }
    }

    /// The files in the order of their parts, once they agree with the source.
    ///
    /// # Errors
    /// [`Error::Internal`] where something was lost or written twice.
    pub fn reconciled(mut self, plan: &super::super::ApplyPlan) -> Result<(Vec<File>, Applied)> {
        self.agrees()?;
        let rows = self.scatter.kept;
        Ok((self.files, Applied { rows, order: self.order, sampled: self.shown.finish(plan)? }))
    }
}

/// The error of a job whose rows do not add up; the driver does such a job again.
pub fn unreconciled() -> Error {
    Error::internal("the rows of the cluster do not agree with the source: something was lost or written twice")
}

fn unclear() -> Error {
    Error::internal("what came to a part of the release cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(piece: u64, rows: u64, kept: u64) -> Vec<u8> {
        let mut account = Writer::default();
        [piece, rows, kept].into_iter().for_each(|number| account.number(number));
        account.bytes(&[]);
        account.bytes(&0u64.to_be_bytes());
        account.0
    }

    fn accounts(accounts: &[Vec<u8>]) -> Vec<u8> {
        let mut told = Writer::default();
        told.number(ACCOUNTS);
        told.number(accounts.len() as u64);
        accounts.iter().for_each(|account| told.bytes(account));
        told.0
    }

    fn file(part: u64, name: &str, rows: u64, came: &[(u64, u64)]) -> Vec<u8> {
        let mut told = Writer::default();
        told.number(part);
        told.bytes(name.as_bytes());
        told.number(rows);
        told.bytes(&[1; 32]);
        told.bytes(&[2; 32]);
        told.number(came.len() as u64);
        came.iter().for_each(|&(piece, count)| {
            told.number(piece);
            told.number(count);
        });
        told.0
    }

    #[test]
    fn rows_that_are_lost_or_come_twice_are_refused() {
        let key = Secret::new([8; 32]);
        let sealer = Sealer::new(&key).unwrap();
        let pieces = [0, 1].map(|file| Piece { file, offset: 0, rows: 10, first_row: 10 * file as u64, span: None });
        let scatter = Scatter { buckets: 8, kept: 17, hashes: 1, shown: 5 };
        let believed = |told: &[Vec<u8>]| {
            let mut written = Written::new(&sealer, &key, &pieces, &scatter);
            told.iter().try_for_each(|text| written.row(&sealer.seal(text)?))?;
            written.agrees().map(|()| written.files.len())
        };
        let all = || accounts(&[account(0, 10, 9), account(1, 10, 8)]);
        let one = || file(0, "part-0.parquet", 12, &[(0, 7), (1, 5)]);
        let two = || file(1, "part-1.parquet", 5, &[(0, 2), (1, 3)]);
        assert_eq!(believed(&[two(), all(), one()]).unwrap(), 2);
        assert_eq!(
            believed(&[one(), two(), accounts(&[account(0, 10, 9)]), accounts(&[account(1, 10, 8)])]).unwrap(),
            2
        );
        for wrong in [
            vec![one(), all()],
            vec![one(), two(), two(), all()],
            vec![one(), two(), accounts(&[account(0, 10, 9)])],
            vec![one(), two(), accounts(&[account(0, 10, 9), account(0, 10, 9)])],
            vec![one(), two(), accounts(&[account(0, 10, 9), account(1, 9, 8)])],
            // as many rows in all, those of one piece in the place of another's
            vec![one(), file(1, "part-1.parquet", 5, &[(0, 3), (1, 2)]), all()],
            // one part twice, another not at all
            vec![one(), file(0, "part-2.parquet", 5, &[(0, 2), (1, 3)]), all()],
            vec![one(), file(1, "part-1.parquet", 4, &[(0, 2), (1, 3)]), all()],
            vec![one(), file(1, "../../etc/passwd", 5, &[(0, 2), (1, 3)]), all()],
            vec![one(), file(1, "part-1.parquet", 5, &[(0, 2), (2, 3)]), all()],
        ] {
            assert!(believed(&wrong).is_err());
        }
    }
}
