//! Which processors the candidate gets, and which the generator.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Processors by number, parted between candidate and generator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processors {
    /// Those of the candidate; never empty.
    pub candidate: Vec<usize>,
    /// The one of the generator, where its one thread runs; the sampler and the readers of the
    /// candidate's output run there too, unless there is a spare one.
    pub generator: usize,
    /// One that neither uses, for the sampler.
    pub spare: Option<usize>,
    /// Whether candidate and generator share a processor, because there is only one.
    pub shared: bool,
    /// Whether the candidate gets fewer than the limits ask for.
    pub short: bool,
}

impl Processors {
    /// Parts `allowed` (ascending): the last for the generator, the first `wanted` of the rest for
    /// the candidate. With one processor both share it.
    ///
    /// # Panics
    ///
    /// If `allowed` is empty: a process runs somewhere.
    pub fn assign(allowed: &[usize], wanted: u32) -> Self {
        let (&generator, rest) = allowed.split_last().expect("a process runs somewhere");
        let wanted = wanted.max(1) as usize;
        if rest.is_empty() {
            let candidate = vec![generator];
            return Self { candidate, generator, spare: None, shared: true, short: 1 < wanted };
        }
        let given = wanted.min(rest.len());
        Self {
            candidate: rest[..given].to_vec(),
            generator,
            spare: rest.get(given).copied(),
            shared: false,
            short: given < wanted,
        }
    }

    /// In words, for plan, progress and report.
    pub fn describe(&self) -> String {
        let sampler = match self.spare {
            Some(spare) => format!("on CPU {spare}"),
            None => "beside the generator".to_owned(),
        };
        let mut text = format!(
            "candidate on CPU {}, generator on CPU {}, sampler {sampler}",
            list(&self.candidate),
            self.generator
        );
        if self.shared {
            text.push_str("; they share it, so that each disturbs the other");
        }
        if self.short {
            text.push_str("; fewer than the limits ask for");
        }
        text
    }

    /// Where the sampler runs.
    pub fn sampler(&self) -> usize {
        self.spare.unwrap_or(self.generator)
    }
}

/// Processor numbers as the kernel writes them: `0-2,5`.
pub fn list(cpus: &[usize]) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for &cpu in cpus {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == cpu => *last = cpu,
            Some(_) | None => parts.push((cpu, cpu)),
        }
    }
    let text = |(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    parts.iter().map(text).collect::<Vec<_>>().join(",")
}

/// The processors that this thread may run on, ascending.
///
/// # Errors
///
/// What the system says.
pub fn allowed() -> io::Result<Vec<usize>> {
    let set = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect())
}

/// Binds this thread, and whatever it starts from now on, to `cpus`.
///
/// # Errors
///
/// What the system says.
pub fn pin(cpus: &[usize]) -> io::Result<()> {
    let mut set = CpuSet::new();
    for &cpu in cpus {
        set.set(cpu);
    }
    Ok(sched_setaffinity(None, &set)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assigned(allowed: &[usize], wanted: u32) -> String {
        Processors::assign(allowed, wanted).describe()
    }

    #[test]
    fn candidate_and_generator_are_kept_apart_where_that_can_be() {
        insta::assert_snapshot!(assigned(&[0, 1], 1), @"candidate on CPU 0, generator on CPU 1, sampler beside the generator");
        insta::assert_snapshot!(assigned(&[0, 1], 2), @"candidate on CPU 0, generator on CPU 1, sampler beside the generator; fewer than the limits ask for");
        insta::assert_snapshot!(assigned(&[2, 3, 4, 5, 9], 2), @"candidate on CPU 2-3, generator on CPU 9, sampler on CPU 4");
        insta::assert_snapshot!(assigned(&[7], 1), @"candidate on CPU 7, generator on CPU 7, sampler beside the generator; they share it, so that each disturbs the other");
    }

    #[test]
    fn numbers_are_listed_as_the_kernel_does() {
        assert_eq!(list(&[0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
        assert_eq!(list(&[]), "");
    }
}
