/** Three people, two organizations; Chiyo has a personal account only, Ana acts in both organizations. */

export const PEOPLE = [
	{
		id: "user_ana",
		name: "Ana Lindqvist",
		email: "ana@meridian.example",
		defaultOrganizationId: "org_meridian",
		creditBalance: 42.5,
	},
	{
		id: "user_ben",
		name: "Ben Okafor",
		email: "ben@meridian.example",
		defaultOrganizationId: "org_meridian",
		creditBalance: 3.17,
	},
	{
		id: "user_chiyo",
		name: "Chiyo Tanaka",
		email: "chiyo@home.example",
		defaultOrganizationId: null,
		creditBalance: 12.08,
	},
];

export const ORGANIZATIONS = [
	{
		id: "org_meridian",
		name: "Meridian Robotics",
		slug: "meridian",
		creditBalance: 1834.21,
	},
	{
		id: "org_juniper",
		name: "Juniper Health",
		slug: "juniper",
		creditBalance: 260,
	},
];

export const MEMBERSHIPS = [
	{
		id: "mem_ana_meridian",
		personId: "user_ana",
		organizationId: "org_meridian",
		role: "org:admin",
		permissions: ["org:settings:manage", "org:tasks:share"],
	},
	{
		id: "mem_ana_juniper",
		personId: "user_ana",
		organizationId: "org_juniper",
		role: "org:member",
		permissions: ["org:tasks:share"],
	},
	{
		id: "mem_ben_meridian",
		personId: "user_ben",
		organizationId: "org_meridian",
		role: "org:member",
		permissions: ["org:tasks:share"],
	},
];
