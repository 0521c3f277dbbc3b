//! Those who ask too often, and those who guess.
#![allow(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::time::Duration;

use serde_json::json;
use sortie_server::Rate;

use crate::site::Site;

const NEVER: Duration = Duration::from_hours(1);

#[test]
fn a_user_who_asks_too_often_is_turned_away_and_others_are_not() {
    let site = Site::with(|settings| settings.rates.user = Rate { burst: 5, refill: NEVER });
    let ask = |user: &str| site.by(user, "GET", "/api/v1/missions", &json!(null));
    assert!((0..5).all(|_| ask("view").status == 200));
    let refused = ask("view");
    assert_eq!((refused.status, refused.code().as_str()), (429, "too_many_requests"));
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((3000..=3601).contains(&seconds), "{}", refused.head);
    assert_eq!(refused.json()["retry_after"], json!(seconds));
    assert_eq!(ask("start").status, 200);
    // By another way in, it is the same user.
    let proxied = [("Remote-User", "view"), ("Sortie-Proxy-Secret", "between us")];
    assert_eq!(site.send("GET", "/", &proxied, "").status, 429);
}

#[test]
fn a_stranger_who_asks_too_often_is_turned_away_and_users_from_there_are_not() {
    let site = Site::with(|settings| settings.rates.address = Rate { burst: 3, refill: NEVER });
    let statuses: Vec<u16> = (0..5).map(|_| site.send("GET", "/sign-in", &[], "").status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    assert_eq!(site.by("view", "GET", "/api/v1/missions", &json!(null)).status, 200);
}

/// A way to come in, and a guess by it.
type Way<'w> = (&'w str, &'w dyn Fn(&Site) -> u16);

#[test]
fn guesses_are_few_by_every_way_in_and_even_a_right_one_comes_too_late() {
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let ways: [Way<'_>; 4] = [
        ("a header", &|site| site.send("GET", "/api/v1/runs", &[("Authorization", "Bearer guess")], "").status),
        ("the form", &|site| site.send("POST", "/sign-in", &form, "token=guess").status),
        ("an address that works once", &|site| site.send("GET", "/enter/guess", &[], "").status),
        ("the proxy's secret", &|site| {
            site.send("GET", "/api/v1/runs", &[("Sortie-Proxy-Secret", "guess")], "").status
        }),
    ];
    for (way, guess) in ways {
        let site = Site::with(|settings| settings.rates.failure = Rate { burst: 4, refill: NEVER });
        let browser = site.browser("ann");
        let statuses: Vec<u16> = (0..6).map(|_| guess(&site)).collect();
        assert!(statuses[..4].iter().all(|status| [401, 403, 410].contains(status)), "{way}: {statuses:?}");
        assert_eq!(statuses[4..], [429, 429], "{way}");
        assert_eq!(site.by("admin", "GET", "/api/v1/runs", &json!(null)).status, 429, "{way}");
        assert_eq!(site.send("POST", "/sign-in", &form, "token=ann-token").status, 429, "{way}");
        assert_eq!(site.send("GET", &site.entry_path(), &[], "").status, 429, "{way}");
        // Who is in stays in.
        assert_eq!(browser.get("/").status, 200, "{way}");
    }
}
