//! What there is to say of a mission before it runs.

use sortie_host::{Draft, Remark};
use sortie_json::{Diagnostic, Report, Style};

use crate::advice;
use crate::error::CliError;
use crate::render::{printable, to_stderr};

/// Prints the remarks on a mission to standard error. Where warnings are taken for errors, the first of them is one.
pub(crate) fn tell(mission: &Draft, strict: bool) -> Result<(), CliError> {
    let remarks = mission.remarks();
    match remarks.first() {
        None => Ok(()),
        Some(first) if strict => Err(CliError::Remark(Box::new(first.clone()))),
        Some(_) => {
            let warnings = remarks.iter().map(warning).collect();
            to_stderr(&Report::without_text("", warnings).render(Style::Ansi));
            Ok(())
        }
    }
}

fn warning(remark: &Remark) -> Diagnostic {
    let warning = Diagnostic::warning(remark.code(), printable(&remark.to_string()));
    match advice::on_remark(remark) {
        Some(help) => warning.help(printable(&help)),
        None => warning,
    }
}
