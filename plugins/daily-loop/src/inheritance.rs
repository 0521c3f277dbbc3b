//! What tasks inherit of the urgency of those that they block: Taskwarrior's `urgency.inherit`.
//!
//! A task that blocks a more urgent one gets the urgency of that one and a hundredth. Dependencies can go round in a
//! circle, on which Taskwarrior's own count does not end: there, each task inherits of all others on the circle what they
//! have by themselves, and of what the circle blocks, so that the order of the list does not show.

use crate::urgency::rounded;

/// What a task comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Heritage {
    /// Its urgency.
    pub(crate) urgency: f64,
    /// The urgency that it has a part of, where that is greater than its own.
    pub(crate) of_blocked: Option<f64>,
}

/// What each task comes to: `own` has the urgencies that the tasks have by themselves, and `blocked`, for each, the indices
/// of those that depend on it.
pub(crate) fn of(own: &[f64], blocked: &[Vec<usize>]) -> Vec<Heritage> {
    let mut found: Vec<Option<Heritage>> = vec![None; own.len()];
    for circle in circles(blocked) {
        let own_of = |task: usize| own.get(task).copied().unwrap_or_default();
        // Of what lies beyond the circle, which is known already; the circle is not.
        let beyond = circle.iter().flat_map(|task| blocked.get(*task).into_iter().flatten());
        let beyond = beyond.filter_map(|task| found.get(*task).copied().flatten()).map(|heritage| heritage.urgency);
        let beyond = beyond.max_by(f64::total_cmp);
        let mut by_urgency = circle.clone();
        by_urgency.sort_by(|a, b| own_of(*b).total_cmp(&own_of(*a)));
        let of_others = |task: usize| by_urgency.iter().find(|other| **other != task).map(|other| own_of(*other));
        for task in &circle {
            let own = own_of(*task);
            let greatest = beyond.into_iter().chain(of_others(*task)).max_by(f64::total_cmp);
            let of_blocked = greatest.filter(|greatest| *greatest > own);
            // The hundredth puts it before the one that it has this urgency from.
            let urgency = of_blocked.map_or(own, |greatest| rounded(greatest + 0.01));
            if let Some(place) = found.get_mut(*task) {
                *place = Some(Heritage { urgency, of_blocked });
            }
        }
    }
    let alone =
        |(heritage, own): (Option<Heritage>, &f64)| heritage.unwrap_or(Heritage { urgency: *own, of_blocked: None });
    found.into_iter().zip(own).map(alone).collect()
}

/// A task while its circle is looked for.
#[derive(Debug, Clone, Copy, Default)]
struct Visit {
    /// When it was come to, from 1; 0 before.
    number: usize,
    /// The earliest that can be come to from it, as far as is known.
    earliest: usize,
    /// Whether its circle is still open.
    is_open: bool,
}

/// The circles of a graph, each after all that can be come to from it; a node on none is one by itself. Tarjan's
/// algorithm, on a stack of our own: a chain of dependencies can be as long as the list.
fn circles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut visits = vec![Visit::default(); edges.len()];
    let (mut circles, mut open, mut number) = (Vec::new(), Vec::new(), 0);
    for root in 0..edges.len() {
        if visits.get(root).is_none_or(|visit| visit.number > 0) {
            continue;
        }
        let mut path = vec![(root, 0_usize)];
        while let Some((at, next)) = path.pop() {
            let Some(visit) = visits.get_mut(at) else { continue };
            if next == 0 {
                number += 1;
                *visit = Visit { number, earliest: number, is_open: true };
                open.push(at);
            }
            if let Some(child) = edges.get(at).and_then(|edges| edges.get(next)).copied() {
                path.push((at, next + 1));
                let seen = visits.get(child).copied().unwrap_or_default();
                if seen.number == 0 {
                    path.push((child, 0));
                } else if seen.is_open {
                    lower(&mut visits, at, seen.number);
                }
                continue;
            }
            let Visit { number: own, earliest, .. } = *visit;
            if let Some((before, _)) = path.last() {
                lower(&mut visits, *before, earliest);
            }
            if own == earliest {
                let begin = open.iter().rposition(|task| *task == at).unwrap_or_default();
                let circle = open.split_off(begin);
                for task in &circle {
                    if let Some(visit) = visits.get_mut(*task) {
                        visit.is_open = false;
                    }
                }
                circles.push(circle);
            }
        }
    }
    circles
}

fn lower(visits: &mut [Visit], task: usize, to: usize) {
    if let Some(visit) = visits.get_mut(task) {
        visit.earliest = visit.earliest.min(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What tasks come to whose own urgencies these are, where `a>b` says that a blocks b.
    fn urgencies(own: &[f64], edges: &[(usize, usize)]) -> Vec<f64> {
        let mut blocked = vec![Vec::new(); own.len()];
        for (blocking, dependent) in edges {
            blocked[*blocking].push(*dependent);
        }
        of(own, &blocked).into_iter().map(|heritage| heritage.urgency).collect()
    }

    /// The same, whatever the order of the list and of the edges.
    fn check(own: &[f64], edges: &[(usize, usize)], expected: &[f64]) {
        let count = own.len();
        for shift in 0..count {
            for step in [1, count - 1] {
                let to = |task: usize| (task * step + shift) % count;
                let mut moved = vec![0.0; count];
                for (task, urgency) in own.iter().enumerate() {
                    moved[to(task)] = *urgency;
                }
                let mut edges: Vec<_> = edges.iter().map(|(a, b)| (to(*a), to(*b))).collect();
                if step > 1 {
                    edges.reverse();
                }
                let found = urgencies(&moved, &edges);
                let found: Vec<f64> = (0..count).map(|task| found[to(task)]).collect();
                assert_eq!(found, expected, "{own:?} {edges:?}");
            }
        }
    }

    #[test]
    fn what_blocks_comes_before_what_it_blocks() {
        check(&[1.0, 9.0], &[(0, 1)], &[9.01, 9.0]);
        check(&[9.0, 1.0], &[(0, 1)], &[9.0, 1.0]);
        check(&[1.0, 2.0, 9.0], &[(0, 1), (1, 2)], &[9.02, 9.01, 9.0]);
        check(&[1.0, 2.0, 9.0], &[(0, 1), (0, 2)], &[9.01, 2.0, 9.0]);
    }

    #[test]
    fn a_task_that_depends_on_itself_inherits_nothing_of_itself() {
        check(&[5.0, 1.0, 2.0], &[(0, 0)], &[5.0, 1.0, 2.0]);
        check(&[1.0, 1.0, 9.0], &[(0, 0), (0, 2)], &[9.01, 1.0, 9.0]);
    }

    #[test]
    fn on_a_circle_each_inherits_of_all() {
        check(&[1.0, 9.0, 4.0], &[(0, 1), (1, 0)], &[9.01, 9.0, 4.0]);
        check(&[1.0, 5.0, 3.0], &[(0, 1), (1, 2), (2, 0)], &[5.01, 5.0, 5.01]);
        // A circle that blocks something, and is blocked by something.
        check(&[1.0, 2.0, 9.0, 0.0], &[(0, 1), (1, 0), (1, 2), (3, 0)], &[9.01, 9.01, 9.0, 9.02]);
        // Two circles, one of which leads into the other.
        check(&[1.0, 2.0, 7.0, 3.0], &[(0, 1), (1, 0), (2, 3), (3, 2), (1, 3)], &[7.02, 7.02, 7.0, 7.01]);
    }

    #[test]
    fn a_chain_can_be_as_long_as_the_list() {
        let count = 50_000;
        let own: Vec<f64> = (0..count).map(|task| if task + 1 == count { 9.0 } else { 0.0 }).collect();
        let edges: Vec<_> = (1..count).map(|task| (task - 1, task)).collect();
        let found = urgencies(&own, &edges);
        assert_eq!((found[count - 1], found[count - 2], found[count - 3]), (9.0, 9.01, 9.02));
        let mut circle = edges;
        circle.push((count - 1, 0));
        assert_eq!(urgencies(&own, &circle).first(), Some(&9.01));
    }
}
