//! Archives whose bytes follow from what is in them alone: sorted, one time, one owner.

use std::fs;
use std::io::{Cursor, Write};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::path_of;

/// A file in an archive, or an archive.
pub struct File {
    /// Its path in the archive.
    pub name: String,
    /// What it holds.
    pub content: Vec<u8>,
    /// Whether it is a program.
    pub executable: bool,
}

impl File {
    /// A file that lies in the repository.
    pub fn read(name: &str, path: &str) -> Result<Self> {
        let content = fs::read(path_of(path)).with_context(|| path.to_owned())?;
        Ok(Self { name: name.to_owned(), content, executable: false })
    }

    /// A text.
    pub fn text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), content: text.into(), executable: false }
    }

    /// A program.
    pub fn program(name: &str, content: &[u8]) -> Self {
        Self { name: name.to_owned(), content: content.to_owned(), executable: true }
    }

    fn mode(&self) -> u32 {
        if self.executable { 0o755 } else { 0o644 }
    }
}

/// A tar archive, compressed, in which all is below one folder; `at` is the time of its files, in seconds of Unix.
pub fn tar_gz(root: &str, mut files: Vec<File>, at: u64) -> Result<Vec<u8>> {
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let mut tar = tar::Builder::new(GzBuilder::new().write(Vec::new(), Compression::best()));
    for file in &files {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.content.len() as u64);
        header.set_mode(file.mode());
        header.set_mtime(at);
        tar.append_data(&mut header, format!("{root}/{}", file.name), file.content.as_slice())?;
    }
    Ok(tar.into_inner()?.finish()?)
}

/// A zip archive; its files have the earliest time that the format knows.
pub fn zip(mut files: Vec<File>) -> Result<Vec<u8>> {
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in &files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(DateTime::default())
            .unix_permissions(file.mode());
        zip.start_file(&*file.name, options)?;
        zip.write_all(&file.content)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_the_same_in_whatever_order_and_whenever_they_are_made() {
        let file = |name: &str| File::text(name, name);
        let (one, other) = (|| vec![file("b"), file("a/c")], || vec![file("a/c"), file("b")]);
        assert_eq!(tar_gz("r", one(), 7).unwrap(), tar_gz("r", other(), 7).unwrap());
        assert_ne!(tar_gz("r", one(), 7).unwrap(), tar_gz("r", one(), 8).unwrap());
        assert_eq!(zip(one()).unwrap(), zip(other()).unwrap());
    }
}
