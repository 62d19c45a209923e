//! A real MCP client (the official SDK) on a real process over stdio: `tabmux mcp`, or what it is compared with.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use rmcp::model::{CallToolRequestParams, ClientConfig, ContentBlock, Implementation, Tool};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt};
use serde_json::Value;
use tokio::process::Child;

use crate::Lab;

/// An agent window.
pub struct Agent {
    service: RunningService<RoleClient, ClientConfig>,
    child: Child,
}

/// What a tool answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// All text blocks, joined by line breaks.
    pub text: String,
    /// The image blocks.
    pub images: Vec<Image>,
    /// The addresses of the files that it links to.
    pub files: Vec<String>,
    /// Whether it is an error.
    pub is_error: bool,
    /// Whether it holds what several programs show in place of text and images.
    pub structured: bool,
}

/// An image block.
#[derive(Debug, Clone)]
pub struct Image {
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// `image/jpeg` or `image/png`.
    pub mime_type: String,
}

impl Agent {
    /// Starts `tabmux mcp --label LABEL` and opens MCP with it.
    pub async fn start(lab: &Lab, label: &str) -> Result<Self> {
        Self::start_with(lab, &["mcp", "--label", label]).await
    }

    /// Starts `tabmux` with these arguments and opens MCP with it.
    pub async fn start_with(lab: &Lab, arguments: &[&str]) -> Result<Self> {
        Self::spawn(lab.command(arguments)).await
    }

    /// Starts this command, which must be an MCP server on stdio, and opens MCP with it.
    pub async fn spawn(command: std::process::Command) -> Result<Self> {
        let mut child = tokio::process::Command::from(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().context("stdin")?;
        let stdout = child.stdout.take().context("stdout")?;
        let mut info = ClientConfig::default();
        info.client_info = Implementation::new("tabmux-tests", "1.0.0");
        let service = info.serve((stdout, stdin)).await?;
        Ok(Self { service, child })
    }

    /// The process id of the server.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// The listed tools.
    pub async fn tools(&self) -> Result<Vec<Tool>> {
        Ok(self.service.list_all_tools().await?)
    }

    /// Calls a tool.
    pub async fn call(&self, tool: &str, arguments: Value) -> Result<Answer> {
        let Value::Object(arguments) = arguments else { anyhow::bail!("arguments must be an object") };
        let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let result = self.service.call_tool(params).await?;
        let is_error = result.is_error == Some(true);
        let structured = result.structured_content.is_some();
        let mut answer =
            Answer { text: String::new(), images: Vec::new(), files: Vec::new(), is_error, structured };
        for block in result.content {
            match block {
                ContentBlock::Text(text) => {
                    if !answer.text.is_empty() {
                        answer.text.push('\n');
                    }
                    answer.text.push_str(&text.text);
                }
                ContentBlock::Image(image) => answer.images.push(Image {
                    bytes: data_encoding::BASE64.decode(image.data.as_bytes())?,
                    mime_type: image.mime_type,
                }),
                ContentBlock::ResourceLink(link) => answer.files.push(link.uri),
                other => anyhow::bail!("an unexpected block: {other:?}"),
            }
        }
        Ok(answer)
    }

    /// Calls a tool that must succeed and returns its text.
    pub async fn ok(&self, tool: &str, arguments: Value) -> Result<String> {
        let answer = self.call(tool, arguments.clone()).await?;
        anyhow::ensure!(!answer.is_error, "{tool} {arguments}: {}", answer.text);
        Ok(answer.text)
    }

    /// Calls a tool that must fail and returns its text, which begins with the code.
    pub async fn fails(&self, tool: &str, arguments: Value) -> Result<String> {
        let answer = self.call(tool, arguments.clone()).await?;
        anyhow::ensure!(answer.is_error, "{tool} {arguments} succeeded: {}", answer.text);
        Ok(answer.text)
    }

    /// Calls a tool of a process that may die meanwhile.
    pub async fn call_or_death(&mut self, tool: &str, arguments: Value) -> Result<Outcome> {
        match self.call(tool, arguments).await {
            Ok(answer) => Ok(Outcome::Answered(answer)),
            Err(error) => {
                // Standard output ends a moment before the process can be waited for.
                let died = tokio::time::timeout(Duration::from_secs(10), self.child.wait()).await;
                let status = died.with_context(|| format!("it lives and does not answer: {error:#}"))??;
                anyhow::ensure!(status.signal().is_some(), "it ended by itself ({status}): {error:#}");
                Ok(Outcome::Unanswered)
            }
        }
    }

    /// Closes stdin, as a window that closes does, and waits until the process has gone.
    pub async fn close(mut self) -> Result<ExitStatus> {
        self.service.cancel().await?;
        Ok(tokio::time::timeout(Duration::from_secs(10), self.child.wait()).await??)
    }
}

/// What became of a call to a process that may be killed.
#[derive(Debug)]
pub enum Outcome {
    /// It was answered.
    Answered(Answer),
    /// The process died first.
    Unanswered,
}

impl Answer {
    /// The code of an error, which its text begins with.
    pub fn code(&self) -> Option<&str> {
        self.is_error.then(|| self.text.split_once(':').map_or(&*self.text, |(code, _)| code))
    }

    /// The ref in the first snapshot line that holds `part`.
    pub fn ref_of(&self, part: &str) -> Result<String> {
        ref_in(&self.text, part)
    }
}

impl Image {
    /// Width and height in pixels, as the PNG's or JPEG's own header says.
    pub fn size(&self) -> Result<(u32, u32)> {
        let bytes = self.bytes.as_slice();
        let number = |at: usize, length: usize| -> Result<u32> {
            let part = bytes.get(at..at + length).context("an image that ends early")?;
            Ok(part.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
        };
        if bytes.starts_with(b"\x89PNG") {
            return Ok((number(16, 4)?, number(20, 4)?));
        }
        // The segments of a JPEG: the one that begins a frame says how large it is.
        let mut at = 2;
        while !matches!(number(at, 2)?, 0xffc0..=0xffc3) {
            at += 2 + usize::try_from(number(at + 2, 2)?)?;
        }
        Ok((number(at + 7, 2)?, number(at + 5, 2)?))
    }
}

/// The ref in the first line of a snapshot that holds `part`.
pub fn ref_in(snapshot: &str, part: &str) -> Result<String> {
    let line = snapshot.lines().find(|line| line.contains(part) && line.contains("[ref="));
    let line = line.with_context(|| format!("no line with a ref holds {part:?} in:\n{snapshot}"))?;
    let start = line.find("[ref=").context("a ref")? + "[ref=".len();
    let end = line[start..].find(']').context("the end of a ref")?;
    Ok(line[start..start + end].to_owned())
}
