# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_bakeoff_global_optspecs
    string join \n store= color= h/help V/version
end

function __fish_bakeoff_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_bakeoff_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_bakeoff_using_subcommand
    set -l cmd (__fish_bakeoff_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c bakeoff -n "__fish_bakeoff_needs_command" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_needs_command" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_needs_command" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -s V -l version -d 'Print version'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "init" -d 'Write a first bakeoff.toml for the programs found here'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "run" -d 'Build the candidates, hold them to the contract, measure them side by side, and answer'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "resume" -d 'Go on with a run that was interrupted or ran out of its budget, or add rounds to it'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "check" -d 'Read a manifest and report every problem in it'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "plan" -d 'Show the trials of a run, their order and how long they take'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "report" -d 'Print what a run says, or write it as HTML, Markdown, JSON, CSV or XML'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "decide" -d 'Decide with weights: of a run, or of an evidence file'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "claims" -d 'Hold the claims of the manifest against a run'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "gate" -d 'Judge a run as a gate: requirements, and no candidate worse than the reference'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "compare" -d 'Compare each candidate of a run with itself in an earlier one'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "runs" -d 'List runs, oldest first'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "show" -d 'Show the journal of a run, entry by entry (`report` has the answer)'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "ratings" -d 'Collect ratings from people, each blind to the others'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "export" -d 'Write the raw data of a run'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "analyse" -d 'Recompute every verdict from exported trials'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "load" -d 'Put load on a URL and say what came back, and whether we were fit to tell'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "doctor" -d 'Look at this machine: what it is, which limits hold, what disturbs'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "calibrate" -d 'Measure how wrong the load generator can be on this machine, in about half a minute'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "clean" -d 'Remove runs; one that is being written stays'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "schema" -d 'Print the JSON Schema of a format'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "__reference" -d 'Serve answers whose times, stalls and errors are programmed'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "__man" -d 'Print the man page'
complete -c bakeoff -n "__fish_bakeoff_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand init" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand init" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand run" -l rounds -d 'Measure this many rounds, then look once' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand run" -l until -d 'Measure until every primary verdict is decisive, looking after every round' -r -f -a "decided\t'When every primary verdict is decisive'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand run" -l seed -d 'Draw the order of trials and all requests from this seed' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand run" -l only -d 'Only these candidates, workloads or probes, by name and separated by commas; `battery` for that' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand run" -l budget -d 'Start no further trial after this much time, e.g. 20m' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand run" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand run" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand run" -l quick -d 'A quick look: fewer rounds, shorter trials, one open-loop rate'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand resume" -l rounds -d 'Add rounds until there are N; intervals become anytime-valid' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand resume" -l budget -d 'Start no further trial after this much time, e.g. 20m' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand resume" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand resume" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand resume" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand check" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand check" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand check" -l json -d 'Print JSON'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand check" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand plan" -l rounds -d 'Measure this many rounds, then look once' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand plan" -l until -d 'Measure until every primary verdict is decisive, looking after every round' -r -f -a "decided\t'When every primary verdict is decisive'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand plan" -l seed -d 'Draw the order of trials and all requests from this seed' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand plan" -l only -d 'Only these candidates, workloads or probes, by name and separated by commas; `battery` for that' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand plan" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand plan" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand plan" -l quick -d 'A quick look: fewer rounds, shorter trials, one open-loop rate'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand plan" -l json -d 'Print JSON'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand report" -s f -l format -d 'Format [default: by the name of FILE, else text]' -r -f -a "text\t'The summary for a terminal'
html\t'One self-contained page'
md\t'For a pull request'
json\t'`bakeoff.report/1`'
csv\t'The comparisons as a table'
junit\t'For CI systems'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand report" -s o -l output -d 'Write to FILE instead of stdout' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand report" -l weight -d 'Give a criterion this many swing points instead of its own; or, as `NAME=31%`, this share of the weight, the others in proportion' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand report" -l profile -d 'Weigh by a profile of the manifest' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand report" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand report" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand decide" -l weight -d 'Give a criterion this many swing points instead of its own; or, as `NAME=31%`, this share of the weight, the others in proportion' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand decide" -l profile -d 'Weigh by a profile of the manifest' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand decide" -l constraint -d 'Draw the weights from all for which this holds, as in `tail >= 2 * memory`, in place of the swing points; may be given several times' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand decide" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand decide" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand decide" -l files-now -d 'Go by ratings and claims as they lie beside the manifest now, not as they were locked'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand decide" -l json -d 'Print bakeoff.decision/1'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand decide" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand claims" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand claims" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand claims" -l files-now -d 'Go by ratings and claims as they lie beside the manifest now, not as they were locked'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand claims" -l json -d 'Print bakeoff.ledger/1'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand claims" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand gate" -l candidate -d 'Judge only this candidate' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand gate" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand gate" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand gate" -l allow-inconclusive -d 'Let an inconclusive comparison pass'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand gate" -l json -d 'Print bakeoff.gate/1'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand gate" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand compare" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand compare" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand compare" -l all -d 'Show every metric, not only the primary ones'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand compare" -l json -d 'Print bakeoff.analysis/1'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand compare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand runs" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand runs" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand runs" -l json -d 'Print JSON'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand runs" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand show" -l trial -d 'Show one trial in full: every metric, gate, error and limit' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand show" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand show" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand show" -l json -d 'Print the records as JSON'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand show" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and not __fish_seen_subcommand_from new rate merge check help" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and not __fish_seen_subcommand_from new rate merge check help" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and not __fish_seen_subcommand_from new rate merge check help" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and not __fish_seen_subcommand_from new rate merge check help" -f -a "new" -d 'Write a ratings file with a question for each criterion, to be put into words'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and not __fish_seen_subcommand_from new rate merge check help" -f -a "rate" -d 'Ask one person for scores and reasons, and write them down'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and not __fish_seen_subcommand_from new rate merge check help" -f -a "merge" -d 'Put the files of several people together'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and not __fish_seen_subcommand_from new rate merge check help" -f -a "check" -d 'Report every problem of a ratings file'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and not __fish_seen_subcommand_from new rate merge check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from new" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from new" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from rate" -l rater -d 'Who answers' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from rate" -l by -d 'Rate each candidate, or each language once for all its candidates' -r -f -a "candidate\t'Every candidate'
language\t'Every language'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from rate" -l manifest -d 'Rate the candidates of this manifest [default: beside FILE]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from rate" -s o -l output -d 'Write this person\'s ratings to a file of their own instead of adding to FILE' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from rate" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from rate" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from rate" -l weights -d 'Ask for swing points of every criterion of the manifest too: this person\'s own weights'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from rate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from merge" -s o -l output -d 'Where to write' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from merge" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from merge" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from merge" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from check" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from check" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from help" -f -a "new" -d 'Write a ratings file with a question for each criterion, to be put into words'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from help" -f -a "rate" -d 'Ask one person for scores and reasons, and write them down'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from help" -f -a "merge" -d 'Put the files of several people together'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from help" -f -a "check" -d 'Report every problem of a ratings file'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand ratings; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand export" -s o -l output -d 'Write to FILE instead of stdout' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand export" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand export" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand export" -l trials -d 'The sealed trials (bakeoff.trials/1), which `bakeoff analyse` reads'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand export" -l evidence -d 'What the decision rests on (bakeoff.evidence/1), which `bakeoff decide` reads'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand export" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand analyse" -l costs -d 'What one more round and one more build take, in any unit: how many rounds a build are the cheapest' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand analyse" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand analyse" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand analyse" -l second-opinions -d 'Say what other methods make of the primary comparisons, in place of the verdicts'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand analyse" -l json -d 'Print bakeoff.analysis/1, or bakeoff.second-opinions/1'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand analyse" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l unix -d 'Connect to this UNIX socket instead of the URL\'s host' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l ca -d 'Trust the certificates that those in this PEM file vouch for, instead of this host\'s' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -s c -l connections -d 'Connections; with --rate the most requests in flight' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -s d -l duration -d 'How long to measure' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -s n -l requests-max -d 'Stop after this many requests' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l warm-up -d 'Load this long before anything counts' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -s r -l rate -d 'Requests per second (2000, 2k, 90/m), evenly spaced, whether or not earlier ones were answered' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l steps -d 'One rate after another, e.g. 1000:10s,2000:10s' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -s m -l method -d 'Method [default: GET, or POST with a body]' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -s H -l header -d 'Header field, as in `Name: value`' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -s b -l body -d 'Body, or @FILE' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l requests -d 'Several weighted requests, as TOML or lines of METHOD PATH [body-file]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l check -d 'What each answer must satisfy: status=200, length=13, body=TEXT, header=Name: value, json=/pointer=VALUE, blake3=HEX' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l objective -d 'What must hold, else exit 10, e.g. p99<20ms,errors<0.1%' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l find-capacity -d 'Find the highest rate at which this holds, e.g. p99<20ms,errors<0.1%; starts at --rate, measures each rate for --duration' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l streams -d 'Requests in flight on one HTTP/2 connection at most, if the server allows as many' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -s t -l threads -d 'Threads, each with its share of connections' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l cpus -d 'Pin the threads to these processors, e.g. 1,3' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l timeout -d 'Longest a request may take' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l churn -d 'New connection after this many answers' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l seed -d 'Draw what is random from this seed' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l hdr -d 'Write a histogram log that HdrHistogram\'s tools read' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l allow-external -d 'Load a host that is not this machine: yours, or one you are allowed to load'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l authorized -d 'Load it at more than 1000 requests a second, too'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -s k -l insecure -d 'Accept any certificate of an https:// URL'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l no-resumption -d 'Make a whole TLS handshake for each connection: take up no earlier session'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l poisson -d 'Space them like those of many independent users'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l closed -d 'Closed loop: the next request follows the answer (the default without --rate)'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l http2 -d 'Speak HTTP/2: as agreed by TLS (ALPN), or by prior knowledge (h2c) of an http:// URL'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l spin -d 'Spin before an arrival instead of sleeping: exact to microseconds, takes a whole processor'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l latency -d 'Show more percentiles'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -l json -d 'Print bakeoff.load/1'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand load" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand doctor" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand doctor" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand doctor" -l json -d 'Print JSON'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand calibrate" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand calibrate" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand calibrate" -l json -d 'Print bakeoff.certificate/1'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand calibrate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand clean" -l keep -d 'Remove all but the newest N' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand clean" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand clean" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand clean" -l all -d 'Remove all runs'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand clean" -l unfinished -d 'Remove runs that did not finish or cannot be read'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand clean" -l dry-run -d 'Only print what would be removed'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand clean" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand schema" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand schema" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand completions" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand completions" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand completions" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l listen -d 'Where to listen' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l service -d 'How long each answer takes' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l stall -d 'Hold all answers back for so long at the end of each two seconds' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l errors -d 'One answer in this many is a 500' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l wrong -d 'One answer in this many has a wrong body' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l body -d 'Length of the answer\'s body' -r
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l exponential -d 'Take exponentially distributed times of that mean'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l delays -d 'Let requests for /delay/{ms} say how long their answers take; other delays than 0 to 10000 fail'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l tls -d 'Speak TLS, with a certificate that vouches for itself'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l http2 -d 'Speak HTTP/2 too, to clients that begin with it or agree on it through TLS'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l spin -d 'Spin before an answer is due'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -l stamps -d 'Count times from a request\'s arrival in the kernel, not from reading it'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __reference" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __man" -l store -d 'Folder of runs [default: .bakeoff/runs of the repository]' -r -F
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __man" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c bakeoff -n "__fish_bakeoff_using_subcommand __man" -s h -l help -d 'Print help'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "init" -d 'Write a first bakeoff.toml for the programs found here'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "run" -d 'Build the candidates, hold them to the contract, measure them side by side, and answer'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "resume" -d 'Go on with a run that was interrupted or ran out of its budget, or add rounds to it'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "check" -d 'Read a manifest and report every problem in it'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "plan" -d 'Show the trials of a run, their order and how long they take'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "report" -d 'Print what a run says, or write it as HTML, Markdown, JSON, CSV or XML'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "decide" -d 'Decide with weights: of a run, or of an evidence file'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "claims" -d 'Hold the claims of the manifest against a run'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "gate" -d 'Judge a run as a gate: requirements, and no candidate worse than the reference'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "compare" -d 'Compare each candidate of a run with itself in an earlier one'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "runs" -d 'List runs, oldest first'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "show" -d 'Show the journal of a run, entry by entry (`report` has the answer)'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "ratings" -d 'Collect ratings from people, each blind to the others'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "export" -d 'Write the raw data of a run'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "analyse" -d 'Recompute every verdict from exported trials'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "load" -d 'Put load on a URL and say what came back, and whether we were fit to tell'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "doctor" -d 'Look at this machine: what it is, which limits hold, what disturbs'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "calibrate" -d 'Measure how wrong the load generator can be on this machine, in about half a minute'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "clean" -d 'Remove runs; one that is being written stays'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "schema" -d 'Print the JSON Schema of a format'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "__reference" -d 'Serve answers whose times, stalls and errors are programmed'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "__man" -d 'Print the man page'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and not __fish_seen_subcommand_from init run resume check plan report decide claims gate compare runs show ratings export analyse load doctor calibrate clean schema completions __reference __man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and __fish_seen_subcommand_from ratings" -f -a "new" -d 'Write a ratings file with a question for each criterion, to be put into words'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and __fish_seen_subcommand_from ratings" -f -a "rate" -d 'Ask one person for scores and reasons, and write them down'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and __fish_seen_subcommand_from ratings" -f -a "merge" -d 'Put the files of several people together'
complete -c bakeoff -n "__fish_bakeoff_using_subcommand help; and __fish_seen_subcommand_from ratings" -f -a "check" -d 'Report every problem of a ratings file'
