import { ODD_VARIABLES } from './environment.ts'

/**
 * The shell that becomes the command, and leaves a guardian behind. Arguments: seconds of grace, then the command and its arguments.
 * It is started as the leader of a session and process group of its own; descriptor 3 is a socket whose other end only the owner has.
 *
 * 1. It waits for the owner's word `go`. The owner gone by then: end of file, and the command never runs.
 * 2. It forks the guardian, twice, so that the command has no child it did not start (`wait` in it would never return).
 *    A guardian that could not be forked: 125, and the command never runs.
 * 3. It says `ready`, closes 3 and becomes the command by `exec`: the owner is the command's parent and sees how it ends.
 *
 * The guardian blocks in `read`. `done`: the run is settled, it ends quietly. End of file: the owner is gone, whatever the reason,
 * kill -9 included, because the kernel closes the socket. Then the whole group gets TERM, and KILL when the grace is over.
 *
 * Why there is no gap:
 * - Owner dies before `go`: nothing ran. After `go`, before the guardian is forked: the end of file waits in the socket, and is the
 *   first thing that the guardian reads. Later: the guardian is there, since fork came before exec.
 * - The guardian is a member of the group, so the kernel cannot give the group's number to others while it lives (a number is free
 *   only when no process has it as its group): it can never kill strangers, not even when the command has ended long before.
 * - It ignores what the group may be sent; it was born so, since the signals were ignored before the fork. Its own TERM does not
 *   hurt it or its `sleep`; its own KILL is its end as well. The owner's forwarded signals pass it by.
 * - A terminal's Ctrl-C does not reach it: the session is another. The owner hears it, and forwards it.
 * - Nobody else holds the owner's end: Node opens it close-on-exec. Nobody but the guardian holds this end: the command closes it.
 * - Its standard streams are /dev/null, else the owner would wait for their end.
 * - Stopped owners (SIGSTOP) are not dead: the lease goes to another, and the run is ended when the owner goes on. Processes that
 *   leave the group by themselves (setsid, a daemon) are not followed.
 */
export const TRAMPOLINE: string = `
grace=$1
shift
read -r word <&3 && [ "$word" = go ] || exit 125
(
  trap '' HUP INT QUIT USR1 USR2 PIPE ALRM TERM TSTP TTIN TTOU
  {
    read -r word <&3
    [ "$word" = done ] && exit 0
    kill -TERM "-$$"
    sleep "$grace" || sleep 1
    kill -KILL "-$$"
  } </dev/null >/dev/null 2>&1 &
) || exit 125
echo ready >&3
exec 3<&-
[ -z "$${ODD_VARIABLES}" ] || eval "set -- env $${ODD_VARIABLES} \\"\\$@\\""
unset ${ODD_VARIABLES}
exec "$@"
`

/** The trampoline's exit code when it could not set the guardian up. */
export const NO_GUARDIAN = 125
