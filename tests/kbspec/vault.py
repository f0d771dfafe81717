"""A vault with three checks, one of which its property needs, and two assumptions; and the vault repaired."""

from __future__ import annotations

from kbspec.models import Model
from kbspec.specification import Specification

BASE = """\
free net: channel.
free pin, gold, scrap: bitstring [private].
event Opened.
(*@query SEC-GOLD [NOTE Gold] The gold is never known to the attacker. *)
query attacker(gold).
(*@query SEC-SCRAP [NOTE Scrap] The scrap is never known to the attacker. *)
query attacker(scrap).
(*@query SAN-OPEN [NOTE Gold] The vault can open. *)
query event(Opened).
"""
VAULT = """\
process
  ( (in(net, once: bitstring);
     (*@check CHK-PIN [NOTE Pin] What was typed is the PIN. *)
     if once = pin then
     out(net, gold))
  | (in(net, (first: bitstring, second: bitstring));
     (*@check CHK-FIRST [NOTE Pin] The first entry is the PIN. *)
     if first = pin then
     (*@check CHK-SECOND [NOTE Pin] The second entry is the PIN. *)
     if second = pin then
     out(net, gold))
  | (event Opened; LEAK)
  | ((*@assume ASM-PIN-SECRET [NOTE Pin] Nobody writes the PIN down. *)
     if false then out(net, pin))
  | ((*@assume ASM-QUIET [NOTE Pin] Nobody says that there is a vault. *)
     if false then out(net, net)) )
"""
CLAIMS = {"SEC-GOLD": "true", "SEC-SCRAP": "false", "SAN-OPEN": "reachable"}
REPAIRED = {"SEC-GOLD": "true", "SEC-SCRAP": "true", "SAN-OPEN": "reachable"}
REDUNDANT = {
    "CHK-FIRST": "The second entry still is the PIN.",
    "CHK-SECOND": "The first entry still is the PIN.",
}
HARMLESS = {"ASM-QUIET": "The attacker knows the network anyway."}


def vault(spec: Specification, name: str = "vault", leak: str = "out(net, scrap)") -> Model:
    """The vault, which leaves its scrap on the street; with the `leak` "0" it does not."""
    spec.fragment(f"{name}/base", BASE)
    spec.fragment(f"{name}/system", VAULT.replace("LEAK", leak), (f"{name}/base",))
    return spec.model(name, f"{name}/system", title="A vault")
