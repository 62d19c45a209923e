//! Files that an agent names in a call: read here, since hub and browser may know other folders, and sent with it.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use data_encoding::BASE64;
use nix::fcntl::OFlag;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value};
use tabmux_protocol::message::SentFile;
use tabmux_protocol::tools::{Args, Param, ParamKind, Tool};
use tabmux_protocol::{ErrorCode, ToolError};
use tokio::task::spawn_blocking;

use super::Roots;

/// How much the files of one call may hold in all, in bytes: in base64 they stay below the longest frame.
const SIZE_LIMIT: u64 = 32 << 20;
/// How many files one call may name.
const COUNT_LIMIT: usize = 100;

/// The arguments of a call with files in the place of the paths that they name.
///
/// Errors: `not_permitted` for a path outside the roots, `bad_input` for what is no file that can be read, or too large.
pub(crate) async fn attach(tool: &'static Tool, args: Args, roots: Roots) -> Result<Args, ToolError> {
    if !names_files(tool.params) {
        return Ok(args);
    }
    let read = move || {
        let mut map: Map<String, Value> = serde_json::from_str(args.rest.get()).map_err(failed)?;
        Reading { roots: &roots, left: SIZE_LIMIT, count: 0 }.fill(tool.params, &mut map)?;
        Ok(Args { rest: to_raw_value(&map).map_err(failed)?, ..args })
    };
    spawn_blocking(read).await.map_err(failed)?
}

fn names_files(params: &[Param]) -> bool {
    params.iter().any(|param| param.kind == ParamKind::Files || names_files(param.inner()))
}

/// What the files of a call may still take.
struct Reading<'a> {
    roots: &'a Roots,
    left: u64,
    count: usize,
}

impl Reading<'_> {
    fn fill(&mut self, params: &[Param], args: &mut Map<String, Value>) -> Result<(), ToolError> {
        for param in params {
            let Some(Value::Array(items)) = args.get_mut(param.name) else { continue };
            for item in items {
                match item {
                    Value::String(path) if param.kind == ParamKind::Files => *item = self.read(path)?,
                    Value::Object(inner) => self.fill(param.inner(), inner)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn read(&mut self, named: &str) -> Result<Value, ToolError> {
        self.count += 1;
        if self.count > COUNT_LIMIT {
            let message = format!("A call takes {COUNT_LIMIT} files at most.");
            return Err(ToolError::new(ErrorCode::BadInput, message, "Use several calls."));
        }
        let path = self.roots.resolve(named)?;
        let (bytes, last_modified) = self.content(&path).map_err(|problem| refused(&path, &problem))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = SentFile {
            mime_type: media_type(&name).into(),
            name,
            last_modified,
            data: BASE64.encode(&bytes).into(),
        };
        serde_json::to_value(file).map_err(failed)
    }

    /// What a file holds, and when it was last changed; else why it cannot be sent.
    fn content(&mut self, path: &Path) -> Result<(Vec<u8>, u64), String> {
        let said = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        };
        // The path was real a moment ago: a link in its place is not followed, and nothing waits for a pipe's other end.
        let in_place = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
        let file = OpenOptions::new().read(true).custom_flags(in_place).open(path).map_err(said)?;
        let about = file.metadata().map_err(said)?;
        if !about.is_file() {
            return Err("it is not a file".into());
        }
        let mut bytes = Vec::new();
        file.take(self.left + 1).read_to_end(&mut bytes).map_err(said)?;
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            return Err(format!("the files of a call may hold {} MiB in all", SIZE_LIMIT >> 20));
        };
        self.left = left;
        let changed = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Ok((bytes, changed.map_or(0, |since| since.as_millis().try_into().unwrap_or(u64::MAX))))
    }
}

fn refused(path: &Path, problem: &str) -> ToolError {
    let message = format!("{} cannot be sent: {problem}.", path.display());
    ToolError::new(ErrorCode::BadInput, message, "Name another file.")
}

/// Only what another process does to ours ends here.
fn failed(error: impl std::error::Error) -> ToolError {
    ToolError::new(ErrorCode::BadInput, format!("The files cannot be read: {error}."), "Try again.")
}

/// The kind of a file by its name, as browsers tell it to pages; empty where they would not know it.
fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let row = MEDIA_TYPES.iter().find(|(endings, _)| endings.split(' ').any(|known| known == ending));
    row.map_or("", |(_, kind)| kind)
}

/// Endings and the kinds that they stand for.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("txt log text", "text/plain"),
    ("csv", "text/csv"),
    ("md markdown", "text/markdown"),
    ("html htm", "text/html"),
    ("css", "text/css"),
    ("js mjs", "text/javascript"),
    ("ics", "text/calendar"),
    ("vcf", "text/x-vcard"),
    ("json", "application/json"),
    ("xml", "text/xml"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("gz tgz", "application/gzip"),
    ("tar", "application/x-tar"),
    ("rtf", "application/rtf"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("epub", "application/epub+zip"),
    ("wasm", "application/wasm"),
    ("png", "image/png"),
    ("jpg jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("svg", "image/svg+xml"),
    ("bmp", "image/bmp"),
    ("ico", "image/x-icon"),
    ("tif tiff", "image/tiff"),
    ("heic", "image/heic"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("ogg oga", "audio/ogg"),
    ("flac", "audio/flac"),
    ("m4a", "audio/x-m4a"),
    ("mp4 m4v", "video/mp4"),
    ("webm", "video/webm"),
    ("mov", "video/quicktime"),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;
    use serde_json::json;
    use tabmux_protocol::Installation;
    use tabmux_protocol::tools::find;
    use tempfile::TempDir;

    use super::super::FilesSettings;
    use super::*;

    struct Folder(TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("work")).unwrap();
            Self(folder)
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join("work").join(name)
        }

        async fn attach(&self, tool: &str, args: Value) -> Result<Value, ToolError> {
            let at = |name: &str| self.0.path().join(name);
            let [runtime_dir, state_dir, config_path] = ["run", "state", "config.toml"].map(at);
            let installation = Installation { port: 9008, runtime_dir, state_dir, config_path };
            let home = at("home");
            let roots = Roots::new(&FilesSettings::default(), Some(&at("work")), Some(&home), &installation);
            let tool = find(tool).unwrap();
            let Value::Object(args) = args else { panic!("arguments are an object") };
            let args = attach(tool, tool.check(args).unwrap(), roots).await?;
            Ok(serde_json::from_str(args.rest.get()).unwrap())
        }
    }

    #[tokio::test]
    async fn the_content_of_a_file_takes_the_place_of_its_path() {
        let folder = Folder::new();
        fs::write(folder.path("a b.PDF"), b"%PDF").unwrap();
        fs::write(folder.path("empty"), b"").unwrap();
        let args = json!({ "paths": ["a b.PDF", "./empty"], "ref": "e1" });
        let mut args = folder.attach("browser_file_upload", args).await.unwrap();
        let changed = args["paths"][0]["lastModified"].take().as_u64().unwrap();
        assert!(changed > 1_700_000_000_000, "{changed}");
        args["paths"][1]["lastModified"].take();
        let pdf = json!({ "name": "a b.PDF", "mimeType": "application/pdf", "lastModified": null, "data": "JVBERg==" });
        let empty = json!({ "name": "empty", "mimeType": "", "lastModified": null, "data": "" });
        assert_eq!(args, json!({ "paths": [pdf, empty], "ref": "e1" }));
    }

    #[tokio::test]
    async fn what_cannot_be_sent_is_refused_by_name() {
        let folder = Folder::new();
        mkfifo(&folder.path("pipe"), Mode::S_IRWXU).unwrap();
        let file = fs::File::create(folder.path("large")).unwrap();
        file.set_len(SIZE_LIMIT / 2 + 1).unwrap();
        let wrong = async |paths: Value| {
            let error = folder.attach("browser_file_upload", json!({ "paths": paths })).await.unwrap_err();
            (error.code, error.message)
        };
        for (paths, code, said) in [
            (
                json!(["missing.txt"]),
                ErrorCode::BadInput,
                "missing.txt cannot be sent: there is no such file.",
            ),
            (json!(["."]), ErrorCode::BadInput, "cannot be sent: it is not a file."),
            (json!(["pipe"]), ErrorCode::BadInput, "pipe cannot be sent: it is not a file."),
            (json!(["large", "large"]), ErrorCode::BadInput, "the files of a call may hold 32 MiB in all."),
            (
                json!(["../run/token"]),
                ErrorCode::NotPermitted,
                "is outside the folders whose files you may use",
            ),
            (
                json!(["/etc/passwd"]),
                ErrorCode::NotPermitted,
                "is outside the folders whose files you may use",
            ),
            (
                json!(vec!["large"; COUNT_LIMIT + 1]),
                ErrorCode::BadInput,
                "the files of a call may hold 32 MiB",
            ),
            (json!(vec!["empty"; COUNT_LIMIT + 1]), ErrorCode::BadInput, "A call takes 100 files at most."),
        ] {
            fs::write(folder.path("empty"), b"").unwrap();
            let (found, message) = wrong(paths.clone()).await;
            assert_eq!(found, code, "{paths}: {message}");
            assert!(message.contains(said), "{message}");
        }
    }

    #[tokio::test]
    async fn other_calls_are_left_as_they_are() {
        let folder = Folder::new();
        let args = json!({ "fields": [{ "ref": "e1", "value": "missing.txt" }] });
        assert_eq!(folder.attach("browser_fill_form", args.clone()).await.unwrap(), args);
    }

    #[test]
    fn the_kind_of_a_file_is_known_by_its_ending() {
        for (name, kind) in [
            ("a.JPG", "image/jpeg"),
            ("a.b.tgz", "application/gzip"),
            ("a", ""),
            (".txt", "text/plain"),
            ("a.", ""),
        ] {
            assert_eq!(media_type(name), kind, "{name}");
        }
    }
}
