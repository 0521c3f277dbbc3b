//! Plugins in the database.

use sortie_journal::{JournalError, PluginShelf};
use sortie_json::ContentHash;

use crate::PostgresJournal;
use crate::rows::column;

const PUT: &str = "INSERT INTO plugins (digest, name, content, added_at)
  VALUES ($1, $2, $3, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) ON CONFLICT DO NOTHING RETURNING 1";
const GET: &str = "SELECT content FROM plugins WHERE digest = $1";
const HAS: &str = "SELECT 1 FROM plugins WHERE digest = $1";

impl PluginShelf for PostgresJournal {
    fn put(&self, name: &str, file: &[u8]) -> Result<ContentHash, JournalError> {
        let digest = ContentHash::of_bytes(file);
        if !self.has(&digest)? {
            let (key, name) = (digest.as_bytes().as_slice(), name.as_bytes());
            self.pool().again(|client| Ok(client.row(PUT, &[&key, &name, &file])?))?;
        }
        Ok(digest)
    }

    fn get(&self, digest: &ContentHash) -> Result<Option<Vec<u8>>, JournalError> {
        let key = digest.as_bytes().as_slice();
        let Some(row) = self.pool().again(|client| Ok(client.row(GET, &[&key])?))? else { return Ok(None) };
        let corrupt = |detail| JournalError::CorruptFile { path: self.address().to_string().into(), detail };
        let file: Vec<u8> = column(&row, "content").map_err(corrupt)?;
        if ContentHash::of_bytes(&file) != *digest {
            return Err(corrupt(format!("the plugin of digest {digest} is another file")));
        }
        Ok(Some(file))
    }

    fn has(&self, digest: &ContentHash) -> Result<bool, JournalError> {
        let key = digest.as_bytes().as_slice();
        Ok(self.pool().again(|client| Ok(client.row(HAS, &[&key])?))?.is_some())
    }
}
