// Every page begins here.
import "./live.js";
import "./people.js";
import "./acts.js";
