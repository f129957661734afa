//! How keys and tokens are written for another machine, with the bytes of the keys: see [`Writer::secret`].

use super::{Key, KeyId, KeyLife, Keyed, Token};
use crate::error::Result;
use crate::spec::TokenAlgorithm;
use crate::written::{Reader, Writer, Written};

impl Written for Key {
    fn write(&self, to: &mut Writer) {
        to.secret(&self.bytes);
        let id = match &self.life {
            KeyLife::Ephemeral => None,
            KeyLife::Kept(KeyId(id)) => Some(id.clone()),
        };
        id.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self> {
        let (bytes, id) = (from.secret()?, from.value::<Option<String>>()?);
        Ok(Self { bytes, life: id.map_or(KeyLife::Ephemeral, |id| KeyLife::Kept(KeyId(id))) })
    }
}

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
