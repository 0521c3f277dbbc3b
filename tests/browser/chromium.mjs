// Starts Chromium. Once in a while it dies of itself before there is any page (a segmentation fault of its own): then it is
// started again, twice at most. Whatever happens to it later fails the test.
import {chromium} from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** A browser without any page. */
export async function launch() {
  for (let again = 2; ; again--) {
    try {
      return await chromium.launch({executablePath: CHROMIUM, args: ["--no-sandbox"]});
    } catch (error) {
      if (again === 0) throw error;
      console.log(`# Chromium died at its start: ${error.message.split("\n")[0]}`);
    }
  }
}
