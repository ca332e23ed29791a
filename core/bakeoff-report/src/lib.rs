//! One report value to terminal, HTML, Markdown, JSON, CSV and JUnit.
