import { useCloud } from "roo-cloud-web/react";
import { PlainScreen } from "../app/PlainScreen";
import { CapabilitiesPanel } from "../capabilities/CapabilitiesPanel";
import { FailureNotice } from "../failures/FailureNotice";
import { Button } from "../ui/Button";
import { Status } from "../ui/Status";
import { useSignIn } from "./useSignIn";

/** Nobody is signed in: two ways to change that. */
export function SignIn({ callbackFailure }: { callbackFailure: unknown }) {
	const lastError = useCloud((snapshot) => snapshot.lastError);
	const signIn = useSignIn();
	const failure = signIn.error ?? callbackFailure;

	return (
		<PlainScreen>
			<section className="sign-in" aria-labelledby="sign-in-title">
				<h2 id="sign-in-title">Sign in to Roo Cloud</h2>
				<p className="lead">
					Your organization’s settings and provider profiles come to this
					browser, and your tasks can be shared with a link.
				</p>
				{signIn.mode === undefined ? (
					<FailureNotice
						error={failure ?? lastError}
						{...(failure === undefined ? {} : { attempt: "Sign-in" })}
					/>
				) : null}
				<div className="button-row">
					<Button
						variant="primary"
						busy={signIn.mode === "redirect"}
						onClick={() => signIn.start("redirect")}
					>
						Sign in
					</Button>
					<Button
						busy={signIn.mode === "popup"}
						onClick={() => signIn.start("popup")}
					>
						Sign in with a popup
					</Button>
					{signIn.mode === "popup" ? (
						<Button variant="quiet" onClick={signIn.cancel}>
							Cancel
						</Button>
					) : null}
				</div>
				<Status>
					{signIn.mode === "redirect" ? "Going to the sign-in page…" : null}
					{signIn.mode === "popup"
						? "Finish the sign-in in the other window."
						: null}
				</Status>
				<p className="hint">
					Your password stays with the sign-in page. What is kept in this
					browser is encrypted with a key that cannot be read out.
				</p>
			</section>
			<CapabilitiesPanel />
		</PlainScreen>
	);
}
