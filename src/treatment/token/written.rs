//! How tokens are written for another machine, with the bytes of their keys: see [`Writer::secret`].

use super::{Keyed, Token};
use crate::error::Result;
use crate::spec::TokenAlgorithm;
use crate::written::{Reader, Writer, Written};

impl Written for Token {
    fn write(&self, to: &mut Writer) {
        let algorithm = match self.mac {
            Keyed::Sha256(_) => TokenAlgorithm::HmacSha256,
            Keyed::Sm3(_) => TokenAlgorithm::HmacSm3,
        };
        algorithm.write(to);
        self.key.write(to);
        self.beginning.write(to);
        self.length.write(to);
        self.form.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let token = Self::after(from.value()?, from.value()?, from.value()?, from.value()?)?;
        Ok(token.of_kind(from.value()?))
    }
}
