//! Who belongs to a cluster: every part shows a certificate of the cluster's own authority, and takes no other.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use ballista_core::extension::EndpointOverrideFn;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity, ServerTlsConfig};
use zeroize::Zeroize;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// The authority's certificate, a part's own, and its private key, all in PEM.
pub struct Papers {
    authority: Vec<u8>,
    certificate: Vec<u8>,
    key: Secret<Vec<u8>>,
}

/// What a text must be to count as a set of papers.
const WANTED: &str = "give a folder with `ca.pem`, `cert.pem` and `key.pem`; `tuomin cluster certificates` makes them";

fn wrong(what: &str) -> Error {
    Error::Usage {
        message: format!("the certificates of the cluster cannot be used: {what}"),
        help: Some(WANTED.into()),
    }
}

impl Papers {
    /// Reads `ca.pem`, `cert.pem` and `key.pem` of a folder.
    ///
    /// # Errors
    /// Files that are not there or not PEM; a private key that others than its owner can read; a certificate that does
    /// not go with the key.
    pub fn open(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|e| Error::environment(&path, "could not read a certificate or key", e))
        };
        let key_path = folder.join("key.pem");
        let papers =
            Self { authority: read("ca.pem")?, certificate: read("cert.pem")?, key: Secret::new(read("key.pem")?) };
        let mode = std::fs::metadata(&key_path).map(|data| data.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o077 != 0) {
            return Err(Error::surroundings(Some(key_path), "others can read this private key")
                .with_help("let only its owner read it: `chmod 600`"));
        }
        papers.checked()
    }

    /// Papers that are in memory.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn of(authority: String, certificate: String, key: String) -> Result<Self> {
        let key = Secret::new(key.into_bytes());
        Self { authority: authority.into_bytes(), certificate: certificate.into_bytes(), key }.checked()
    }

    fn checked(self) -> Result<Self> {
        self.client()?;
        self.server()?;
        Ok(self)
    }

    fn roots(&self) -> Result<Arc<RootCertStore>> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&self.authority) {
            let certificate = certificate.map_err(|_| wrong("`ca.pem` is not PEM"))?;
            roots.add(certificate).map_err(|_| wrong("`ca.pem` is no certificate of an authority"))?;
        }
        if roots.is_empty() { Err(wrong("`ca.pem` has no certificate")) } else { Ok(Arc::new(roots)) }
    }

    fn own(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let chain = CertificateDer::pem_slice_iter(&self.certificate).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|_| wrong("`cert.pem` is not PEM"))?;
        let key =
            PrivateKeyDer::from_pem_slice(self.key.expose()).map_err(|_| wrong("`key.pem` has no private key"))?;
        Ok((chain, key))
    }

    /// For a connection that is opened here.
    pub fn client(&self) -> Result<Arc<ClientConfig>> {
        let (chain, key) = self.own()?;
        let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let config = config.map_err(|_| wrong("no version of TLS is known"))?.with_root_certificates(self.roots()?);
        let config = config.with_client_auth_cert(chain, key);
        config.map(Arc::new).map_err(|_| wrong("`cert.pem` and `key.pem` do not go together"))
    }

    /// For connections that are taken here, of members only.
    pub fn server(&self) -> Result<Arc<ServerConfig>> {
        let (chain, key) = self.own()?;
        let members = WebPkiClientVerifier::builder_with_provider(self.roots()?, provider()).build();
        let members = members.map_err(|_| wrong("`ca.pem` is no certificate of an authority"))?;
        let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let config = config.map_err(|_| wrong("no version of TLS is known"))?.with_client_cert_verifier(members);
        let config = config.with_single_cert(chain, key);
        config.map(Arc::new).map_err(|_| wrong("`cert.pem` and `key.pem` do not go together"))
    }

    fn identity(&self) -> Identity {
        Identity::from_pem(&self.certificate, self.key.expose())
    }

    /// For the services of Ballista's parts.
    pub fn service(&self) -> ServerTlsConfig {
        ServerTlsConfig::new().identity(self.identity()).client_ca_root(Certificate::from_pem(&self.authority))
    }

    /// Turns every connection that Ballista opens into one between members.
    pub fn endpoints(&self) -> EndpointOverrideFn {
        let tls =
            ClientTlsConfig::new().identity(self.identity()).ca_certificate(Certificate::from_pem(&self.authority));
        Arc::new(move |endpoint: Endpoint| {
            let place = endpoint.uri().authority().ok_or("an address without a host")?.to_string();
            // the scheme of an endpoint cannot be changed: a new one with what Ballista sets
            let endpoint = Endpoint::from_shared(format!("https://{place}"))?
                .connect_timeout(std::time::Duration::from_secs(20))
                .tcp_nodelay(true)
                .tcp_keepalive(Some(std::time::Duration::from_secs(60)))
                .http2_keep_alive_interval(std::time::Duration::from_secs(30))
                .keep_alive_timeout(std::time::Duration::from_secs(20))
                .keep_alive_while_idle(true)
                .tls_config(tls.clone())?;
            Ok(endpoint)
        })
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A new authority, and papers of members that are known by these names.
pub struct Authority {
    pem: String,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

/// A member's certificate and private key in PEM.
pub struct Issued {
    pub certificate: String,
    pub key: String,
}

impl Drop for Issued {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl Authority {
    /// Makes an authority whose key is in memory only: it can make members as long as it lives.
    ///
    /// # Errors
    /// [`Error::Internal`] where no key can be made.
    pub fn new() -> Result<Self> {
        let key = rcgen::KeyPair::generate().map_err(unmade)?;
        let mut told = rcgen::CertificateParams::new(Vec::new()).map_err(unmade)?;
        valid(&mut told);
        told.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
        told.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
        told.distinguished_name.push(rcgen::DnType::CommonName, "tuomin cluster");
        let pem = told.self_signed(&key).map_err(unmade)?.pem();
        Ok(Self { pem, issuer: rcgen::Issuer::new(told, key) })
    }

    /// The authority's certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A member that is reached under these names and addresses; both ends of a connection may be it.
    ///
    /// # Errors
    /// A name that is none.
    pub fn member(&self, names: &[String]) -> Result<Issued> {
        let key = rcgen::KeyPair::generate().map_err(unmade)?;
        let mut told = rcgen::CertificateParams::new(names.to_vec()).map_err(|_| Error::Usage {
            message: "a name of a host cannot stand in a certificate".into(),
            help: Some("give host names or addresses, such as `node1.example.cn` or `10.0.0.7`".into()),
        })?;
        told.distinguished_name.push(rcgen::DnType::CommonName, names.first().map_or("member", String::as_str));
        valid(&mut told);
        told.extended_key_usages =
            vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth, rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = told.signed_by(&key, &self.issuer).map_err(unmade)?.pem();
        Ok(Issued { certificate, key: key.serialize_pem() })
    }
}

/// Makes a certificate valid for two years, from yesterday on since clocks differ.
fn valid(told: &mut rcgen::CertificateParams) {
    use chrono::Datelike;
    let day = |day: chrono::NaiveDate| rcgen::date_time_ymd(day.year(), day.month() as u8, day.day() as u8);
    let today = chrono::Utc::now().date_naive();
    told.not_before = day(today - chrono::Days::new(1));
    told.not_after = day(today + chrono::Days::new(730));
}

fn unmade(_: rcgen::Error) -> Error {
    Error::internal("a certificate could not be made")
}
