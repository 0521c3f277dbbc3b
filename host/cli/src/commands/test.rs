//! `sortie test`.

use crate::arguments::Format;
use crate::error::{CliError, Exit};
use crate::input;
use crate::test::{self, TestArgs, TestExit};

/// Runs suites.
pub(crate) fn test(arguments: TestArgs, format: Format) -> Result<Exit, CliError> {
    let arguments = match format {
        Format::Human => arguments,
        Format::Json => arguments.reporting_json(),
    };
    let plugins = input::Plugins::of_surroundings()?;
    match test::run(&arguments, &|builder| plugins.add_to(builder.first_party()).build()) {
        Ok(TestExit::Passed) => Ok(Exit::Done),
        Ok(TestExit::Failed) => Ok(Exit::Failed),
        Err(error) => Err(CliError::Test(Box::new(error))),
    }
}
