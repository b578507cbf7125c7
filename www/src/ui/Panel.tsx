import { type ReactNode, useId } from "react";

interface Props {
	title: string;
	/** What stands beside the title: buttons, a choice. */
	actions?: ReactNode;
	className?: string;
	children: ReactNode;
}

/** A titled region of the page. */
export function Panel({ title, actions, className = "", children }: Props) {
	const titleId = useId();
	return (
		<section className={`panel ${className}`} aria-labelledby={titleId}>
			<header className="panel-header">
				<h2 id={titleId}>{title}</h2>
				{actions ? <div className="panel-actions">{actions}</div> : null}
			</header>
			{children}
		</section>
	);
}
