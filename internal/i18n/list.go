package i18n

// areas gathers the texts of all areas; a file texts_<area>.go is added here by hand.
func areas() [][]entry {
	return [][]entry{
		textsChecks(),
		textsFinding(),
		textsImage(),
		textsImageConfig(),
		textsReport(),
		textsHTML(),
		textsReview(),
		textsDiff(),
		textsBrowse(),
		textsCLI(),
		textsAdvisory(),
		textsKeyfile(),
		textsSecret(),
		textsDockerfile(),
	}
}
